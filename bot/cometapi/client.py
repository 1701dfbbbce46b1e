"""The client of CometAPI's image endpoint. Each generation request is sent only once."""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.cometapi.answers import GatewayAnswer, read_answer, read_json, request_id
from bot.cometapi.body import body
from bot.cometapi.download import Downloads, FetchTimings
from bot.cometapi.faults import fault_of
from bot.cometapi.offers import read_offers
from bot.core.catalogue import image_model
from bot.core.errors import NoList, ProviderError
from bot.core.image import Generation, ImageRequest, OfferedModel
from bot.core.model import Fault
from bot.core.retry_after import retry_after
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector, ProxyFailed, reason

logger = logging.getLogger(__name__)

MAX_IMAGE = 40 * 1024 * 1024
# Such an image as base64, and what is said beside it.
MAX_ANSWER = 64 * 1024 * 1024

# From here on a key has no limit of its own: https://github.com/cometapi-dev/cometapi-cli
NO_LIMIT_USD = 100_000_000

# Larger answers are read in a thread: decoding megabytes takes longer than the event loop may be blocked.
_LARGE = 64 * 1024
_LIST_TIMEOUT = 30.0
_NO_SUCH_ROUTE = frozenset({404, 405, 410, 501})
_CONNECT_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status means success. The body may hold an error nevertheless."""
        return 200 <= self.status < 300

    @property
    def is_markup(self) -> bool:
        """Whether it is a web page, which the API never returns: something else is at this URL."""
        return "html" in self.headers.get("Content-Type", "") or self.body[:200].lstrip().startswith(b"<")


class CometAPI:
    """`bot.core.ports.ImageProvider` over HTTP. A context manager; one for the whole life of the process.

    `timeout`, in seconds, is for a generation, from connecting to the answer's last byte. `resolver` resolves the
    hosts that images are fetched from, unless they are behind a proxy of `ways_out`.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float = 300,
        max_answer: int = MAX_ANSWER,
        max_image: int = MAX_IMAGE,
        fetching: FetchTimings | None = None,
        resolver: AbstractResolver | None = None,
        ways_out: WaysOut = DIRECT,
    ) -> None:
        self._ways_out = ways_out
        self._base = URL(base_url.rstrip("/"))
        self._key = key.strip()
        self._authorization = {"Authorization": f"Bearer {self._key}"}
        self._timeout, self._max_answer = timeout, max_answer
        self._downloads = Downloads(
            self._base.origin(),
            max_bytes=max_image,
            timings=fetching or FetchTimings(),
            resolver=resolver,
            ways_out=ways_out,
        )
        self._session: aiohttp.ClientSession | None = None
        self._exits = AsyncExitStack()
        # One thread: decoding megabytes holds the interpreter, so more threads would only block the event loop.
        self._reader = ThreadPoolExecutor(1, "answers")

    async def __aenter__(self) -> Self:
        # A new connection each time: the other side may close a kept one just when a request is sent, and then it is
        # unknown whether the request arrived.
        connector = Connector(self._ways_out, force_close=True, limit=0)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._session = await self._exits.enter_async_context(session)
        await self._exits.enter_async_context(self._downloads)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def generate(self, request: ImageRequest) -> Generation:
        """Send one generation request, once, and return the image's bytes. Raises ProviderError."""
        sent = body(image_model(request.model), request)
        response = await self._send("POST", self._base / "images" / "generations", self._timeout, sent)
        answer = await self._read(response)
        number = request_id(response.headers, answer.error)
        logger.info("generation with %s: status %s, request id %s", request.model, response.status, number or "unknown")
        _check(response, answer, number)
        # Never more than was asked for: a wrong answer could make the bot fetch without end.
        image = await self._content(answer.images[0], number)
        return Generation(image=image, revised_prompt=answer.revised_prompt, request_id=number)

    async def models(self) -> Sequence[OfferedModel]:
        """Return the models on the public list, else on the one that needs the key, which says less.

        Raises ProviderError.
        """
        root = self._base.parent if self._base.name == "v1" else self._base
        try:
            return await self._offers(root / "api" / "models", keyed=False)
        except ProviderError as error:
            if not self._key or error.fault is Fault.NOT_CONNECTED:
                raise
            try:
                return await self._offers(self._base / "models", keyed=True)
            except ProviderError:
                raise error from None

    async def _offers(self, url: URL, *, keyed: bool) -> Sequence[OfferedModel]:
        response = await self._send("GET", url, _LIST_TIMEOUT, keyed=keyed)
        offers = await asyncio.to_thread(read_offers, response.body) if response.ok else None
        if offers is None:
            raise await self._refusal(response)
        return offers

    async def check(self) -> None:
        """Request the list that needs the key. Raises ProviderError; NoList if the gateway has none."""
        response = await self._send("GET", self._base / "models", _LIST_TIMEOUT, keyed=True)
        if response.status in _NO_SUCH_ROUTE:
            raise NoList(Fault.MISCONFIGURED, f"status {response.status}")
        answer = await self._read(response)
        if not response.ok or answer.error is not None or not answer.readable:
            raise await self._refusal(response)

    async def balance(self) -> float | None:
        """Return what is left for the key, in USD; None if it has no limit. Raises ProviderError."""
        billing = self._base / "dashboard" / "billing"
        limit = await self._figure(billing / "subscription", "hard_limit_usd")
        if limit >= NO_LIMIT_USD:
            return None
        return limit - await self._figure(billing / "usage", "total_usage") / 100

    async def _figure(self, url: URL, name: str) -> float:
        """Return one number of an answer. An error may come with a status of success."""
        response = await self._send("GET", url, _LIST_TIMEOUT, keyed=True)
        payload = read_json(response.body) if response.ok else None
        figure = payload.get(name) if isinstance(payload, dict) else None
        if isinstance(figure, bool) or not isinstance(figure, int | float) or not math.isfinite(figure):
            raise await self._refusal(response)
        return float(figure)

    async def _send(
        self,
        method: str,
        url: URL,
        timeout: float,
        json: Mapping[str, object] | None = None,
        *,
        keyed: bool = False,
    ) -> _Response:
        if self._session is None:
            raise RuntimeError("CometAPI is a context manager")
        limits = aiohttp.ClientTimeout(total=timeout, connect=_CONNECT_TIMEOUT, sock_connect=_CONNECT_TIMEOUT)
        headers = self._authorization if keyed or json is not None else {}
        try:
            async with self._session.request(
                method, url, json=json, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                if response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise ProviderError(Fault.NOT_CONNECTED, "a proxy asks for a name and a password")
                content = await self._bounded(response)
                return _Response(status=response.status, headers=response.headers, body=content)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, ProxyFailed) as error:
            raise ProviderError(Fault.NOT_CONNECTED, reason(error)) from error
        except TimeoutError as error:
            raise ProviderError(Fault.TIMEOUT, f"no answer within {timeout:g} s") from error
        except aiohttp.InvalidURL as error:
            raise ProviderError(Fault.MISCONFIGURED, "the base URL is not valid") from error
        except aiohttp.ClientError as error:
            raise ProviderError(Fault.CUT, type(error).__name__) from error

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_chunked(64 * 1024):
            content += chunk
            if len(content) > self._max_answer:
                number = request_id(response.headers, None)
                raise ProviderError(Fault.UNCLEAR, f"more than {self._max_answer} bytes", request_id=number)
        return bytes(content)

    async def _content(self, image: bytes | str, number: str) -> bytes:
        """Return an image's bytes. One that came as a URL is fetched without delay, as URLs expire."""
        if isinstance(image, bytes):
            return image
        try:
            return await self._downloads.fetch(image)
        except ProviderError as error:
            raise ProviderError(error.fault, error.message, request_id=number) from error

    async def _read(self, response: _Response) -> GatewayAnswer:
        large = len(response.body) >= _LARGE
        in_thread = asyncio.get_running_loop().run_in_executor
        answer = await in_thread(self._reader, read_answer, response.body) if large else read_answer(response.body)
        if answer.error is None or not self._key:
            return answer
        # Some gateways quote the refused key in the message, and messages are logged.
        return replace(answer, error=replace(answer.error, message=answer.error.message.replace(self._key, "…")))

    async def _refusal(self, response: _Response) -> ProviderError:
        """Return the error for an answer that isn't what was requested."""
        answer = await self._read(response)
        number = request_id(response.headers, answer.error)
        try:
            _check(response, answer, number)
        except ProviderError as error:
            return error
        return ProviderError(Fault.UNCLEAR, "not the list that was asked for", request_id=number)


def _check(response: _Response, answer: GatewayAnswer, number: str) -> None:
    """Raise ProviderError unless the answer holds images. An error next to images is ignored."""
    if response.ok and answer.images:
        return
    raise ProviderError(
        _fault(response, answer),
        answer.error.message if answer.error else f"status {response.status}",
        request_id=number,
        retry_after=retry_after(response.headers),
    )


def _fault(response: _Response, answer: GatewayAnswer) -> Fault:
    if not response.ok or answer.error is not None:
        return fault_of(response.status, answer.error)
    if answer.damaged:
        return Fault.BAD_IMAGE
    if answer.readable:
        return Fault.EMPTY
    return Fault.MISCONFIGURED if response.is_markup else Fault.UNCLEAR
