"""The sandbox's routes."""

import asyncio
import base64
import secrets
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from typing import cast

from aiohttp import web

from bot.sandbox.picture import Picture, draw
from bot.sandbox.protocol import Asked, Rejected, billing, catalogue, error_answer, image_answer, model_list, read
from bot.sandbox.trouble import LINKED, REPLIES, SHAPES, Reply, word_in

# A picture is drawn again each time it is fetched: only its prompt and a few numbers are kept.
KEPT = 500
_DRAWING_AT_ONCE = 2
_LONGEST_BODY = 1024 * 1024


def sandbox_app(*, delay: float = 1.5) -> web.Application:
    """Build the gateway. A generation takes at least `delay` seconds, as with a real gateway."""
    sandbox = _Sandbox(delay)
    app = web.Application(client_max_size=_LONGEST_BODY)
    app.router.add_get("/", sandbox.welcome)
    app.router.add_post("/v1/images/generations", sandbox.generations)
    app.router.add_get("/v1/models", sandbox.models)
    app.router.add_get("/api/models", sandbox.public_models)
    app.router.add_get("/v1/dashboard/billing/{figure:subscription|usage}", sandbox.billing)
    app.router.add_get("/sandbox/images/{id}", sandbox.image)
    return app


class _Sandbox:
    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._indices = count()
        """Of all pictures, since no model draws the same one twice."""
        self._pencils = asyncio.Semaphore(_DRAWING_AT_ONCE)

    async def welcome(self, _: web.Request) -> web.Response:
        return web.Response(text="A sandbox gateway: point COMETAPI_BASE_URL here; any COMETAPI_KEY will do.\n")

    async def generations(self, request: web.Request) -> web.Response:
        number = _request_id()
        try:
            _check_key(request)
            asked = read(await _json_body(request))
        except Rejected as rejected:
            return _rejection(rejected, number)
        word = word_in(asked.prompt)
        if word in REPLIES and (reply := REPLIES[word](asked)):
            return _given(reply, number)
        await asyncio.sleep(self._delay)
        asked = replace(asked, links=True) if word in LINKED else asked
        answer = image_answer(asked, await self._contents(asked, request), created=int(datetime.now(UTC).timestamp()))
        shape = SHAPES.get(word)
        shaped = shape(cast("list[dict[str, object]]", answer["data"])) if shape else answer
        return web.json_response(shaped, headers={"X-Cometapi-Request-Id": number})

    async def models(self, request: web.Request) -> web.Response:
        try:
            _check_key(request)
        except Rejected as rejected:
            return _rejection(rejected, _request_id())
        return web.json_response(model_list())

    async def billing(self, request: web.Request) -> web.Response:
        return web.json_response(billing()[request.match_info["figure"]])

    async def public_models(self, _: web.Request) -> web.Response:
        return web.json_response(catalogue())

    async def image(self, request: web.Request) -> web.Response:
        if "keyed" in request.query:
            try:
                _check_key(request)
            except Rejected as rejected:
                return _rejection(rejected, _request_id())
        picture = self._pictures.get(request.match_info["id"].partition(".")[0])
        if picture is None:
            raise web.HTTPNotFound(text="no such image; only the latest are kept\n")
        return web.Response(body=await self._drawn(picture), content_type=f"image/{picture.output_format}")

    async def _contents(self, asked: Asked, request: web.Request) -> list[str]:
        pictures = [
            Picture(
                prompt=asked.prompt,
                model=asked.model,
                width=asked.size[0],
                height=asked.size[1],
                index=index,
                output_format=asked.output_format,
                transparent=asked.background == "transparent",
                marked=asked.marked,
            )
            for index in islice(self._indices, asked.n)
        ]
        if asked.links:
            return [f"{request.url.origin()}/sandbox/images/{self._keep(picture)}" for picture in pictures]
        return [base64.b64encode(await self._drawn(picture)).decode() for picture in pictures]

    def _keep(self, picture: Picture) -> str:
        key = secrets.token_hex(8)
        self._pictures[key] = picture
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        return f"{key}.{picture.output_format}"

    async def _drawn(self, picture: Picture) -> bytes:
        async with self._pencils:
            return await asyncio.to_thread(draw, picture)


def _check_key(request: web.Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Rejected(401, "invalid token")


async def _json_body(request: web.Request) -> object:
    try:
        body: object = await request.json()
    except ValueError as error:
        raise Rejected(400, "invalid request body", code="invalid_request") from error
    return body


def _request_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d%H%M%S%f}{secrets.token_hex(6)}"


def _rejection(rejected: Rejected, number: str) -> web.Response:
    headers = {"X-Cometapi-Request-Id": number}
    return web.json_response(error_answer(rejected, number), status=rejected.status, headers=headers)


def _given(reply: Reply, number: str) -> web.Response:
    headers = {"X-Cometapi-Request-Id": number, **reply.headers}
    if isinstance(reply.body, bytes):
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    if isinstance(reply.body, str):
        return web.Response(status=reply.status, text=reply.body, headers=headers)
    body = error_answer(reply.body, number) if isinstance(reply.body, Rejected) else reply.body
    return web.json_response(body, status=reply.status, headers=headers)
