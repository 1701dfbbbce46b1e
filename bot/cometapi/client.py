"""The client of CometAPI's image endpoint. Each generation request is sent only once."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from types import TracebackType
from typing import Self

from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.cometapi.answers import request_id
from bot.cometapi.body import body
from bot.cometapi.connection import MAX_ANSWER, Connection
from bot.cometapi.download import Downloads, FetchTimings
from bot.cometapi.json_text import TooManyParts, read_json
from bot.cometapi.offers import read_offers
from bot.cometapi.reading import Reader
from bot.core.catalogue.models import image_model
from bot.core.errors import ImageError, NoList, ProviderError
from bot.core.image import Generation, ImageRequest, OfferedModel
from bot.core.model import Fault
from bot.core.ways_out import DIRECT, WaysOut

logger = logging.getLogger(__name__)

MAX_IMAGE = 40 * 1024 * 1024

# From here on a key has no limit of its own: https://github.com/cometapi-dev/cometapi-cli
NO_LIMIT_USD = 100_000_000

_LIST_TIMEOUT = 30.0
_NO_SUCH_ROUTE = frozenset({404, 405, 410, 501})


async def _go_on() -> None:
    """Let the request leave at once."""


class CometAPI:
    """`bot.core.ports.ImageProvider` over HTTP. A context manager; one for the whole life of the process.

    `timeout`, in seconds, is for a generation, from connecting to the answer's last byte. `resolver` resolves the
    hosts that images are fetched from, unless they are behind a proxy of `ways_out`. `check` raises ImageError for
    bytes that aren't a whole image; it decides where an answer has several that may be the image. `give_way` waits
    before an answer is read.
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
        give_way: Callable[[], Awaitable[None]] = _go_on,
    ) -> None:
        self._base, self._key = URL(base_url.rstrip("/")), key.strip()
        self._timeout, self._check_image = timeout, check
        self._connection = Connection(self._key, max_answer=max_answer, ways_out=ways_out, give_way=give_way)
        self._reader = Reader(self._base, self._key)
        self._downloads = Downloads(
            self._base,
            authorization=self._connection.authorization,
            max_bytes=max_image,
            timings=fetching or FetchTimings(),
            resolver=resolver,
            ways_out=ways_out,
        )
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._exits.enter_async_context(self._connection)
        await self._exits.enter_async_context(self._downloads)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def generate(self, request: ImageRequest, sending: Callable[[], None] = lambda: None) -> Generation:
        """Send one generation request, once, and return the image's bytes. Raises ProviderError."""
        with _only_provider_errors():
            sent = body(image_model(request.model), request)
            url = self._base / "images" / "generations"
            response = await self._connection.send("POST", url, self._timeout, sent, sending=sending)
            answer = await self._reader.read(response, request.prompt)
            number = request_id(response.headers, answer)
            logger.info(
                "generation with %s: status %s, request id %s", request.model, response.status, number or "unknown"
            )
            if not response.ok or not answer.images:  # an error next to images is ignored
                raise self._reader.error(response, answer, request.prompt)
            image = await self._first_whole(answer.images, number)
            return Generation(image=image, revised_prompt=answer.revised_prompt, request_id=number)

    async def models(self) -> Sequence[OfferedModel]:
        """Return the models on the public list, else on the one that needs the key, which says less.

        Raises ProviderError.
        """
        root = self._base.parent if self._base.name == "v1" else self._base
        with _only_provider_errors():
            try:
                return await self._offers(root / "api" / "models", keyed=False)
            except ProviderError as error:
                if not self._key or error.fault is Fault.NOT_CONNECTED:
                    raise
                try:
                    return await self._offers(self._base / "models", keyed=True)
                except ProviderError:
                    raise error from None

    async def check(self) -> None:
        """Request the list that needs the key. Raises ProviderError; NoList if the gateway has no such list."""
        with _only_provider_errors():
            response = await self._connection.send("GET", self._base / "models", _LIST_TIMEOUT, keyed=True)
            if response.status in _NO_SUCH_ROUTE:
                raise NoList(Fault.MISCONFIGURED, f"status {response.status}")
            if not response.ok or await asyncio.to_thread(read_offers, response.body) is None:
                raise await self._reader.refusal(response)

    async def balance(self) -> float | None:
        """Return what is left for the key, in USD; None if it has no limit. Raises ProviderError."""
        billing = self._base / "dashboard" / "billing"
        with _only_provider_errors():
            limit = await self._figure(billing / "subscription", "hard_limit_usd")
            if limit >= NO_LIMIT_USD:
                return None
            return limit - await self._figure(billing / "usage", "total_usage") / 100

    async def _offers(self, url: URL, *, keyed: bool) -> Sequence[OfferedModel]:
        response = await self._connection.send("GET", url, _LIST_TIMEOUT, keyed=keyed)
        offers = await asyncio.to_thread(read_offers, response.body) if response.ok else None
        if offers is None:
            raise await self._reader.refusal(response)
        return offers

    async def _figure(self, url: URL, name: str) -> float:
        """Return one number of an answer. An error may come with a status of success."""
        response = await self._connection.send("GET", url, _LIST_TIMEOUT, keyed=True)
        try:
            payload = read_json(response.body) if response.ok else None
        except TooManyParts:
            payload = None
        figure = payload.get(name) if isinstance(payload, dict) else None
        if isinstance(figure, bool) or not isinstance(figure, int | float) or not math.isfinite(figure):
            raise await self._reader.refusal(response)
        return float(figure)

    async def _first_whole(self, images: Sequence[bytes | str], number: str) -> bytes:
        """Return the bytes of the first whole image; if there isn't one, bytes that the caller has to refuse."""
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
