"""Fetches the images that the gateway returned as URLs: at once, and from public addresses only.

The key is sent to the gateway alone: where its own file route asks for it, and never after a redirect.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.cometapi.public_address import GuardedResolver, NotPublic, PublicConnector, check_url
from bot.core.errors import ProviderError
from bot.core.model import Fault
from bot.core.retry import Repeated
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector, reason

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 3
ATTEMPTS = 4

# Worth another try: a short failure of a file server, or a copy that isn't on all servers yet (404).
_TRANSIENT = frozenset({404, 408, 425, 429, 500, 502, 503, 504, 520, 522, 524})


class _Gone(Exception):
    """No further try will help."""


class _NotYet(Exception):
    """Another try may help."""


class FetchTimings(NamedTuple):
    """How long one image may take to come, since a slow file server must not keep other jobs waiting."""

    whole: float = 90.0
    """Seconds for all tries, with the redirects and the pauses between them."""
    silence: float = 20.0
    """A try is given up after so many seconds without a byte."""
    pause: float = 1.0
    """Seconds before the second try; doubled for each later one."""
    start: float = 10.0
    """A try has to keep the rate from so many seconds on."""
    rate: float = 32 * 1024
    """Bytes a second, on average over a try."""

    def too_slow(self, received: int, seconds: float) -> bool:
        """Return whether a try that has received so many bytes in so many seconds is given up."""
        return seconds > self.start and received < self.rate * seconds


class Downloads:
    """Fetches images. A context manager; one for the whole life of the process.

    Behind a proxy of `ways_out`, a host is checked by its name alone: only the proxy knows its addresses.
    Relative addresses are below `base`. Its own files may be fetched with the headers of `authorization`.
    """

    def __init__(
        self,
        base: URL,
        *,
        max_bytes: int,
        timings: FetchTimings,
        resolver: AbstractResolver | None = None,
        ways_out: WaysOut = DIRECT,
        authorization: Mapping[str, str] | None = None,
    ) -> None:
        self._base, self._origin, self._max_bytes = base, base.origin(), max_bytes
        self._authorization, self._timings = authorization or {}, timings
        self._repeated = Repeated(_NotYet, first_pause=timings.pause, attempts=ATTEMPTS)
        self._resolver, self._ways_out = resolver, ways_out
        self._exits = AsyncExitStack()
        self._public: aiohttp.ClientSession | None = None
        self._unguarded: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._resolver or aiohttp.ThreadedResolver())
        self._public = await self._open(PublicConnector(self._ways_out, resolver))
        # A proxy may have a private address, and so may the gateway.
        self._unguarded = await self._open(Connector(self._ways_out, force_close=True))
        return self

    async def _open(self, connector: Connector) -> aiohttp.ClientSession:
        limits = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self._timings.silence)
        # No cookies: what one file server sets must not reach another.
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=limits)
        return await self._exits.enter_async_context(session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def fetch(self, url: str) -> bytes:
        """Fetch one image. It is paid for, and reading it twice is harmless, so short failures are retried.

        Raises ProviderError with Fault.IMAGE_LOST.
        """
        try:
            async with asyncio.timeout(self._timings.whole):
                return await self._repeated(self._try, url)
        except _NotYet as error:
            raise ProviderError(Fault.IMAGE_LOST, f"{error} on try {ATTEMPTS}") from error
        except TimeoutError as error:
            raise ProviderError(Fault.IMAGE_LOST, f"not fetched within {self._timings.whole:g} s") from error

    async def _try(self, url: str) -> bytes:
        try:
            return await self._follow(self._absolute(url))
        except (NotPublic, _Gone) as error:
            raise ProviderError(Fault.IMAGE_LOST, str(error)) from error
        except ValueError as error:  # which quotes what it could not read
            raise ProviderError(Fault.IMAGE_LOST, "not a valid URL") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error.__cause__, NotPublic):
                raise ProviderError(Fault.IMAGE_LOST, str(error.__cause__)) from error
            logger.info("an image could not be fetched: %s", reason(error))
            raise _NotYet(reason(error)) from error

    def _absolute(self, address: str) -> URL:
        """Return the URL of an image. One without a scheme is below the gateway's; http is tried as https."""
        url = _as_url(address)
        if not url.scheme:
            url = URL(f"{self._base}/").join(url)
        return url if url.scheme != "http" or url.origin() == self._origin else url.with_scheme("https")

    async def _follow(self, url: URL) -> bytes:
        """Follow redirects one by one, so that each target is checked."""
        for hops in range(MAX_REDIRECTS + 1):
            check_url(url, self._origin)
            own = hops == 0 and url.origin() == self._origin
            content = await self._get(url, self._authorization if own else {})
            if isinstance(content, bytes):
                return content
            url = content
        raise _Gone(f"more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: URL, authorization: Mapping[str, str]) -> bytes | URL:
        """Fetch a URL; if it wants one, with the key that may be given there."""
        unguarded = url.origin() == self._origin or self._ways_out.proxy(str(url)) is not None
        session = self._unguarded if unguarded else self._public
        if session is None:
            raise RuntimeError("Downloads is a context manager")
        for headers in ({}, authorization):
            async with session.get(url, allow_redirects=False, headers=headers) as response:
                if response.status in {401, 403} and authorization and not headers:
                    continue
                if response.status in {301, 302, 303, 307, 308}:
                    return url.join(_as_url(response.headers.get("Location", "")))
                if response.status in _TRANSIENT:
                    response.raise_for_status()
                if response.status != 200:
                    raise _Gone(f"status {response.status}")
                return await self._read(response)
        raise _Gone("it wants a key")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._max_bytes:
            raise _Gone("too many bytes")
        clock = asyncio.get_running_loop().time
        content, began = bytearray(), clock()
        async for chunk in response.content.iter_chunked(64 * 1024):
            content += chunk
            if len(content) > self._max_bytes:
                raise _Gone("too many bytes")
            if self._timings.too_slow(len(content), clock() - began):
                raise _NotYet("a file server that is too slow")
        return bytes(content)


def _as_url(text: str) -> URL:
    """Parse a URL. A valid one is kept unchanged, since its signature covers the exact text; another one is quoted."""
    return URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
