"""A CometAPI that tests script: strict like the real one, and able to fail in every way that was ever seen."""

import asyncio
import base64
import io
import itertools
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Self

from aiohttp import web
from PIL import Image

from bot.sandbox.protocol import Rejected, billing, catalogue, error_answer, image_answer, model_list, read
from tests.fakes.cometapi_answers import REQUEST_ID, Answer, Cuts, Hangs, Pours, Says, Trickles, Waits, fails, redirects
from tests.fakes.interrupts import Interrupts
from tests.support.pictures import C2PA, with_chunk

__all__ = [
    "REQUEST_ID",
    "Answer",
    "Cuts",
    "FakeCometAPI",
    "Hangs",
    "Pours",
    "Received",
    "Says",
    "Trickles",
    "Waits",
    "fails",
    "png",
    "redirects",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An image request as it arrived."""

    body: Mapping[str, object]
    headers: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class _File:
    data: bytes
    label: str
    answers: deque[Answer] = field(default_factory=deque)
    keyed: int = 0


class FakeCometAPI:
    """`async with FakeCometAPI() as gateway:` serves at `gateway.base_url`.

    Without a script every request that the real gateway would take is answered with images of 32 by 32 pixels, each
    of another colour, in the shape of its model; every other is refused as documented.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.requests: list[Received] = []
        """The image requests, in the order of their arrival."""
        self.most_at_once = 0
        """How many image requests there were at a time, at most."""
        self.unanswered = 0
        """How many image requests there are now."""
        self.fetched: list[Received] = []
        """The downloads of images: `body` holds the `path` as it was on the wire."""
        self.catalogue: Answer = Says(body=catalogue())
        """What the public list answers."""
        self.keyed_list: object = model_list()
        """What the list that needs a key answers: JSON, or any answer."""
        self.billing: Mapping[str, object] = billing()
        """What the routes below `/v1/dashboard/billing` answer."""
        self.account: object = {"username": "ada", "total_quota": 5.0, "total_used_quota": 0, "keys": []}
        """What the service for the account's balance answers: JSON, or any answer."""
        self.keys: set[str] | None = None
        """The keys that are taken; None for any."""
        self.interrupts = Interrupts()
        self.choose: Callable[[Mapping[str, object]], Answer | None] = lambda body: None
        """What a request gets that has no scripted answer; None for images."""
        self._answers: deque[Answer] = deque()
        self._files: dict[str, _File] = {}
        self._numbers = itertools.count(1)
        self._open = asyncio.Event()
        self._open.set()
        self._arrival = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.origin = ""

    @property
    def base_url(self) -> str:
        """Where the API is, with its version."""
        return f"{self.origin}/v1"

    def will(self, *answers: Answer) -> None:
        """Answer the next image requests so, one each; then as usual again."""
        self._answers.extend(answers)

    def hold(self) -> None:
        """Let image requests arrive, but answer them only after `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer all that was held back, and hold nothing more."""
        self._open.set()

    async def vanish(self) -> None:
        """Refuse connections until `appear`."""
        for site in list(self._runner.sites) if self._runner else ():
            await site.stop()

    async def appear(self) -> None:
        """Listen again, where it did before."""
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", int(self.origin.rpartition(":")[2])).start()

    @asynccontextmanager
    async def unreachable(self, connected: Callable[[], None] | None = None) -> AsyncIterator[None]:
        """Let every attempt to connect wait without end; or accept each, call `connected`, and read nothing."""
        await self.vanish()
        with socket.socket() as listening, socket.socket() as waiting:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", int(self.origin.rpartition(":")[2])))
            listening.listen(0)
            if connected:
                accepted: list[asyncio.StreamWriter] = []

                def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    accepted.append(writer)
                    connected()

                async with await asyncio.start_server(accept, sock=listening):
                    yield
                    for writer in accepted:
                        writer.transport.abort()
            else:
                waiting.connect(listening.getsockname())  # it takes the only place in the backlog
                yield
        await self.appear()

    async def arrived(self, count: int = 1) -> None:
        """Wait until this many image requests have arrived in all."""
        async with asyncio.timeout(60), self._arrival:
            await self._arrival.wait_for(lambda: len(self.requests) >= count)

    def host(self, data: bytes, *answers: Answer, label: str = "image/png", keyed: int = 0) -> str:
        """Serve a file under a signed-looking URL; the first downloads get `answers` instead, one each.

        `keyed`: the status of those that come without a key.
        """
        path = f"/files/{next(self._numbers)}.png"
        self._files[path] = _File(data=data, label=label, answers=deque(answers), keyed=keyed)
        return f"{self.origin}{path}?X-Signature=a%2Fb%2Bc%3D&Expires=1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.interrupts.middleware()])
        app.router.add_post("/v1/images/generations", self._generations)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/api/models", self._catalogue)
        app.router.add_get("/v1/dashboard/billing/{figure:subscription|usage}", self._billing)
        app.router.add_get("/user/quota", self._account)
        app.router.add_get("/files/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.origin = f"{'https' if self._tls else 'http'}://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _generations(self, request: web.Request) -> web.StreamResponse:
        answer = self._answers.popleft() if self._answers else None
        unread = isinstance(answer, Cuts) and not answer.read
        body = {} if unread else await request.json()
        async with self._arrival:
            self.requests.append(Received(body=body, headers=dict(request.headers)))
            self._arrival.notify_all()
        self.unanswered += 1
        self.most_at_once = max(self.most_at_once, self.unanswered)
        try:
            await self._open.wait()
            return await (answer or self.choose(body) or self).give(request)
        finally:
            self.unanswered -= 1

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Answer as the real gateway would."""
        try:
            self._check_key(request)
            asked = read(await request.json())
        except Rejected as rejected:
            return _json(error_answer(rejected, REQUEST_ID), rejected.status)
        pictures = [png(next(self._numbers)) for _ in range(asked.n)]
        contents = [self.host(data) if asked.links else base64.b64encode(data).decode() for data in pictures]
        return _json(image_answer(asked, contents, created=1781075000))

    async def _models(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_key(request)
        except Rejected as rejected:
            return _json(error_answer(rejected, REQUEST_ID), rejected.status)
        return await self.keyed_list.give(request) if isinstance(self.keyed_list, Says) else _json(self.keyed_list)

    async def _billing(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_key(request)
        except Rejected as rejected:
            return _json(error_answer(rejected, REQUEST_ID), rejected.status)
        return _json(self.billing[request.match_info["figure"]])

    async def _account(self, request: web.Request) -> web.StreamResponse:
        key = request.query.get("key", "")
        if not key or (self.keys is not None and key not in self.keys):
            return web.json_response({"error": "invalid key"}, status=401)
        return await self.account.give(request) if isinstance(self.account, Says) else web.json_response(self.account)

    async def _catalogue(self, request: web.Request) -> web.StreamResponse:
        return await self.catalogue.give(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.fetched.append(Received(body={"path": request.raw_path}, headers=dict(request.headers)))
        file = self._files.get(request.path)
        if file is None:
            return web.Response(status=404)
        if file.answers:
            return await file.answers.popleft().give(request)
        if file.keyed and "Authorization" not in request.headers:
            return web.Response(status=file.keyed)
        return web.Response(body=file.data, content_type=file.label)

    def _check_key(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key or (self.keys is not None and key not in self.keys):
            raise Rejected(401, "invalid token")


@lru_cache(maxsize=256)
def png(number: int = 0, size: tuple[int, int] = (32, 32)) -> bytes:
    """Make a small PNG; another number, another colour. It has the beginning of a C2PA manifest, as OpenAI's have."""
    file = io.BytesIO()
    Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, (128 + number // 256) % 256)).save(file, "PNG")
    return with_chunk(file.getvalue(), b"caBX", C2PA)


def _json(body: object, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"X-Cometapi-Request-Id": REQUEST_ID})
