"""Fetches the images that the gateway returned as URLs: soon, without the key, and from no private address."""

import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.cometapi.public_address import GuardedResolver, NotPublic, check_name, check_url
from bot.core.errors import ProviderError
from bot.core.model import Fault
from bot.core.retry import repeated
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


class Downloads:
    """Fetches images. A context manager; one for the whole life of the process.

    `pause`, in seconds, is before the second try, and doubled for each later one. `timeout`, in seconds, is for each
    request. Behind a proxy of `ways_out`, a host is checked by its name alone: only the proxy knows its addresses.
    """

    def __init__(
        self,
        origin: URL,
        *,
        max_bytes: int,
        timeout: float = 60,
        pause: float = 1,
        resolver: AbstractResolver | None = None,
        ways_out: WaysOut = DIRECT,
    ) -> None:
        self._origin, self._max_bytes = origin, max_bytes
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=10)
        self._repeated, self._resolver = repeated(_NotYet, first_pause=pause, attempts=ATTEMPTS), resolver
        self._ways_out = ways_out
        self._exits = AsyncExitStack()
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._resolver or aiohttp.ThreadedResolver(), self._origin)
        self._direct = await self._open(Connector(self._ways_out, resolver=resolver, force_close=True))
        # A proxy itself may have a private address.
        self._proxied = await self._open(Connector(self._ways_out, force_close=True))
        return self

    async def _open(self, connector: Connector) -> aiohttp.ClientSession:
        # No cookies: what one file server sets must not reach another.
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout)
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
            return await self._repeated(self._try, url)
        except _NotYet as error:
            raise ProviderError(Fault.IMAGE_LOST, f"{error} on try {ATTEMPTS}") from error

    async def _try(self, url: str) -> bytes:
        try:
            return await self._follow(_as_url(url))
        except (NotPublic, _Gone) as error:
            raise ProviderError(Fault.IMAGE_LOST, str(error)) from error
        except ValueError as error:  # which quotes what it could not read
            raise ProviderError(Fault.IMAGE_LOST, "not a valid URL") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error.__cause__, NotPublic):
                raise ProviderError(Fault.IMAGE_LOST, str(error.__cause__)) from error
            logger.info("an image could not be fetched: %s", reason(error))
            raise _NotYet(reason(error)) from error

    async def _follow(self, url: URL) -> bytes:
        """Follow redirects one by one, so that each target is checked."""
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url, self._origin)
            content = await self._get(url)
            if isinstance(content, bytes):
                return content
            url = content
        raise _Gone(f"more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: URL) -> bytes | URL:
        proxied = self._ways_out.proxy(str(url)) is not None
        session = self._proxied if proxied else self._direct
        if session is None:
            raise RuntimeError("Downloads is a context manager")
        if proxied and url.origin() != self._origin:
            check_name(url)
        async with session.get(url, allow_redirects=False) as response:
            if response.status in {301, 302, 303, 307, 308}:
                return url.join(_as_url(response.headers.get("Location", "")))
            if response.status in _TRANSIENT:
                response.raise_for_status()
            if response.status != 200:
                raise _Gone(f"status {response.status}")
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._max_bytes:
            raise _Gone("too many bytes")
        content = bytearray()
        async for chunk in response.content.iter_chunked(64 * 1024):
            content += chunk
            if len(content) > self._max_bytes:
                raise _Gone("too many bytes")
        return bytes(content)


def _as_url(text: str) -> URL:
    """Parse a URL. A valid one is kept unchanged, since its signature covers the exact text; another one is quoted."""
    return URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
