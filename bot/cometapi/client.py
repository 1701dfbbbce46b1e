"""The client of CometAPI's image endpoint. Each generation request is sent only once."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.cometapi.answers import UNREADABLE, GatewayAnswer, read_answer, request_id
from bot.cometapi.body import body
from bot.cometapi.download import Downloads, FetchTimings
from bot.cometapi.faults import Verdict, judge
from bot.cometapi.json_text import TooManyParts, read_json
from bot.cometapi.offers import read_offers
from bot.cometapi.quoted import without
from bot.cometapi.who_answered import described, is_page
from bot.core.catalogue import image_model
from bot.core.errors import ImageError, NoList, ProviderError
from bot.core.image import Generation, ImageRequest, OfferedModel
from bot.core.model import Fault
from bot.core.retry_after import retry_after
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector, ProxyFailed, reason

logger = logging.getLogger(__name__)

MAX_IMAGE = 40 * 1024 * 1024
# Such an image as base64, and what is said beside it.
MAX_ANSWER = 64 * 1024 * 1024
# An error, or the list of all models, of which that of CometAPI has half a megabyte.
MAX_OTHER_ANSWER = 4 * 1024 * 1024

# From here on a key has no limit of its own: https://github.com/cometapi-dev/cometapi-cli
NO_LIMIT_USD = 100_000_000

# Larger answers are read in a thread: decoding megabytes takes longer than the event loop may be blocked.
_LARGE = 64 * 1024
_LIST_TIMEOUT = 30.0
_NO_SUCH_ROUTE = frozenset({404, 405, 410, 501})
_CONNECT_TIMEOUT = 20.0
_LONGEST_MESSAGE = 500


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
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return is_page(self.headers, self.body)

    @property
    def content_type(self) -> str:
        """What it says to be."""
        return self.headers.get("Content-Type", "")


class CometAPI:
    """`bot.core.ports.ImageProvider` over HTTP. A context manager; one for the whole life of the process.

    `timeout`, in seconds, is for a generation, from connecting to the answer's last byte. `resolver` resolves the
    hosts that images are fetched from, unless they are behind a proxy of `ways_out`. `check` raises ImageError for
    bytes that are no whole image; it decides where an answer has several that may be the image.
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
        check: Callable[[bytes], object] = len,
    ) -> None:
        self._ways_out, self._check_image = ways_out, check
        self._base = URL(base_url.rstrip("/"))
        self._key = key.strip()
        self._authorization = {"Authorization": f"Bearer {self._key}"}
        self._timeout, self._max_answer = timeout, max_answer
        self._downloads = Downloads(
            self._base,
            authorization=self._authorization if self._key else {},
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
        with _only_provider_errors():
            sent = body(image_model(request.model), request)
            response = await self._send("POST", self._base / "images" / "generations", self._timeout, sent)
            answer = await self._read(response, request.prompt)
            number = request_id(response.headers, answer.error)
            logger.info(
                "generation with %s: status %s, request id %s", request.model, response.status, number or "unknown"
            )
            self._check(response, answer, number, request.prompt)
            image = await self._first_whole(answer.images, number)
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
        if not response.ok or await asyncio.to_thread(read_offers, response.body) is None:
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
        most = MAX_OTHER_ANSWER if json is None else self._max_answer
        headers = self._authorization if keyed or json is not None else {}
        try:
            async with self._session.request(
                method, url, json=json, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                if response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise ProviderError(Fault.NOT_CONNECTED, "a proxy asks for a name and a password")
                content = await self._bounded(response, most)
                return _Response(status=response.status, headers=response.headers, body=content)
        except aiohttp.ClientConnectorCertificateError as error:
            # No later try will help, and nothing was sent.
            raise ProviderError(Fault.MISCONFIGURED, reason(error)) from error
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, ProxyFailed) as error:
            raise ProviderError(Fault.NOT_CONNECTED, reason(error)) from error
        except TimeoutError as error:
            raise ProviderError(Fault.TIMEOUT, f"no answer within {timeout:g} s") from error
        except aiohttp.InvalidURL as error:
            raise ProviderError(Fault.MISCONFIGURED, "the base URL is not valid") from error
        except aiohttp.ClientError as error:
            raise ProviderError(Fault.CUT, type(error).__name__) from error

    async def _bounded(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        """Read a body of at most so many bytes. A longer error is as good as none."""
        ok = 200 <= response.status < 300
        most = most if ok else MAX_OTHER_ANSWER
        content = bytearray()
        async for chunk in response.content.iter_chunked(64 * 1024):
            content += chunk
            if len(content) > most:
                if not ok:
                    return b""
                number = request_id(response.headers, None)
                raise ProviderError(Fault.UNCLEAR, f"more than {most} bytes", request_id=number)
        return bytes(content)

    async def _first_whole(self, images: Sequence[bytes | str], number: str) -> bytes:
        """Return the bytes of the first that is a whole image; if none is, those that the caller is to refuse."""
        error: ProviderError | None = None
        unfit: bytes | None = None
        for image in images:
            try:
                content = await self._content(image, number)
                if len(images) > 1:
                    await asyncio.to_thread(self._check_image, content)
            except ProviderError as lost:
                error = error or lost
            except ImageError as damage:
                logger.info("one of %d places in an answer has no image: %s", len(images), damage)
                unfit = content if unfit is None else unfit
            else:
                return content
        if error is not None or unfit is None:
            raise error or ProviderError(Fault.BAD_IMAGE, request_id=number)
        return unfit

    async def _content(self, image: bytes | str, number: str) -> bytes:
        """Return an image's bytes. One that came as an address is fetched without delay, as addresses expire."""
        if isinstance(image, bytes):
            return image
        try:
            return await self._downloads.fetch(image)
        except ProviderError as error:
            raise ProviderError(error.fault, error.message, request_id=number) from error

    async def _read(self, response: _Response, prompt: str = "") -> GatewayAnswer:
        """Read an answer. What it says is without the prompt and the key, which some gateways quote."""
        try:
            answer = await self._parsed(response)
        except TooManyParts as error:
            if not response.ok:
                return UNREADABLE
            number = request_id(response.headers, None)
            raise ProviderError(Fault.UNCLEAR, str(error), request_id=number) from error
        if answer.error is None:
            return answer
        return replace(answer, error=replace(answer.error, message=self._loggable(answer.error.message, prompt)))

    async def _parsed(self, response: _Response) -> GatewayAnswer:
        def parse() -> GatewayAnswer:
            return read_answer(response.body, ok=response.ok, content_type=response.content_type)

        if len(response.body) < _LARGE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self._reader, parse)

    def _loggable(self, said: str, prompt: str) -> str:
        said = said.replace(self._key, "…") if self._key else said
        return (without(said, prompt) if prompt else said)[:_LONGEST_MESSAGE]

    async def _refusal(self, response: _Response) -> ProviderError:
        """Return the error for an answer that isn't what was requested."""
        answer = await self._read(response) if not response.ok or len(response.body) < _LARGE else UNREADABLE
        number = request_id(response.headers, answer.error)
        if response.ok and answer.error is None and not response.is_page:
            return ProviderError(Fault.UNCLEAR, "not the list that was asked for", request_id=number)
        return self._error(response, answer, number)

    def _check(self, response: _Response, answer: GatewayAnswer, number: str, prompt: str) -> None:
        """Raise ProviderError unless the answer holds images. An error next to images is ignored."""
        if not response.ok or not answer.images:
            raise self._error(response, answer, number, prompt)

    def _error(self, response: _Response, answer: GatewayAnswer, number: str, prompt: str = "") -> ProviderError:
        """Return what an answer without images means. What answered is said unless the gateway itself refused."""
        verdict = _verdict(response, answer)
        said = [answer.error.message] if answer.error and answer.error.message else []
        if not said or verdict.fault is Fault.BLOCKED:
            said.append(self._loggable(described(response.status, response.headers, response.body, self._base), prompt))
        if answer.task and verdict.fault is Fault.UNCLEAR:
            said.append(f"task {answer.task}")
        return ProviderError(
            verdict.fault,
            "; ".join(said),
            request_id=number,
            retry_after=retry_after(response.headers),
            certain=verdict.certain,
        )


def _verdict(response: _Response, answer: GatewayAnswer) -> Verdict:
    if not response.ok or answer.error is not None:
        return judge(response.status, answer.error, page=response.is_page)
    if answer.refused:
        return Verdict(fault=Fault.VIOLATION_FEE)
    if answer.damaged:
        return Verdict(fault=Fault.BAD_IMAGE)
    if answer.empty:
        return Verdict(fault=Fault.EMPTY)
    return Verdict(fault=Fault.MISCONFIGURED if response.is_page else Fault.UNCLEAR)


@contextmanager
def _only_provider_errors() -> Iterator[None]:
    """Let no other error out: the request may have been sent, which every other error would hide."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:
        logger.exception("an answer of the gateway could not be handled")
        raise ProviderError(Fault.UNCLEAR, f"it could not be handled: {type(error).__name__}") from error
