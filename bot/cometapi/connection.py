"""Sends requests to the gateway, each once, and reads what comes back within bounds."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.cometapi.answers import request_id
from bot.cometapi.shortened import Shortened, Shortening
from bot.cometapi.who_answered import is_page
from bot.core.errors import ProviderError
from bot.core.model import Fault
from bot.core.ways_out import WaysOut
from bot.outgoing.connector import Connector, ProxyFailed, reason

# An image of 40 MiB as base64, and the text beside it.
MAX_ANSWER = 64 * 1024 * 1024
# An error, or the list of all models: CometAPI's list has half a megabyte.
MAX_OTHER_ANSWER = 4 * 1024 * 1024
_CONNECT_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)
    """Images that were taken out of the body, by what is left of them there."""

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


class Connection:
    """The way to the gateway. A context manager; one for the whole life of the process."""

    def __init__(
        self, key: str, *, max_answer: int, ways_out: WaysOut, give_way: Callable[[], Awaitable[None]]
    ) -> None:
        self._key, self._max_answer, self._ways_out = key, max_answer, ways_out
        self._give_way = give_way
        self._session: aiohttp.ClientSession | None = None
        self._exits = AsyncExitStack()

    @property
    def authorization(self) -> Mapping[str, str]:
        """The header with the key; no header without a key."""
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    async def __aenter__(self) -> Self:
        # A new connection each time: the other side may close a kept one just when a request is sent, and then it is
        # unknown whether the request arrived.
        connector = Connector(self._ways_out, force_close=True, limit=0)
        trace = aiohttp.TraceConfig()
        trace.on_request_chunk_sent.append(_leaves)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[trace])
        self._session = await self._exits.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def send(
        self,
        method: str,
        url: URL,
        timeout: float,
        json: Mapping[str, object] | None = None,
        *,
        keyed: bool = False,
        sending: Callable[[], None] = lambda: None,
    ) -> Response:
        """Send one request, once: with JSON as a generation, else for a list or a figure. Raises ProviderError.

        `sending` is called when the JSON is about to leave.
        """
        if self._session is None:
            raise RuntimeError("Connection is a context manager")
        limits = aiohttp.ClientTimeout(total=timeout, connect=_CONNECT_TIMEOUT, sock_connect=_CONNECT_TIMEOUT)
        most = MAX_OTHER_ANSWER if json is None else self._max_answer
        headers = self.authorization if keyed or json is not None else {}
        with _translated(timeout):
            async with self._session.request(
                method,
                url,
                json=json,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
                trace_request_ctx=sending,
            ) as response:
                if response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise ProviderError(Fault.NOT_CONNECTED, "a proxy asks for a name and a password")
                if json is not None:  # reading an image takes a while, and can wait
                    await self._give_way()
                content = await self._bounded(response, most)
                return Response(
                    status=response.status, headers=response.headers, body=content.body, images=content.images
                )

    async def _bounded(self, response: aiohttp.ClientResponse, most: int) -> Shortened:
        """Read a body of at most so many bytes. A longer error isn't read: nothing useful is so long."""
        ok = 200 <= response.status < 300
        most = most if ok else MAX_OTHER_ANSWER
        content = Shortening()
        async for chunk in response.content.iter_any():
            content.feed(chunk)
            if content.received > most:
                if not ok:
                    return Shortened(body=b"", images={})
                number = request_id(response.headers)
                raise ProviderError(Fault.UNCLEAR, f"more than {most} bytes", request_id=number)
        return content.end()


async def _leaves(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestChunkSentParams) -> None:
    context.trace_request_ctx()


@contextmanager
def _translated(timeout: float) -> Iterator[None]:
    """Raise ProviderError for each way in which a request can fail."""
    try:
        yield
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
