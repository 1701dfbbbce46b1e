"""The HTTP server's connections: no more than a bound, and none that says nothing for long."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.core.bounds import HEADER_SECONDS, most_connections

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """Counts the open connections. Where there is no room for a new one, the one that was silent longest is ended.

    If all of them have a request that is being answered, it is the one whose request is the oldest: that of a page
    which follows its jobs, and connects again by itself.
    """

    def __init__(self, most: int | None = None, first_request: float = HEADER_SECONDS) -> None:
        self._most, self._first_request = most or most_connections(), first_request
        # In the order in which they were last heard of.
        self._idle: dict[asyncio.BaseTransport, asyncio.TimerHandle | None] = {}
        self._busy: dict[asyncio.BaseTransport, None] = {}

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Count a new connection, which has to send a request soon."""
        if len(self._idle) + len(self._busy) >= self._most:
            self._make_room()
        self._idle[transport] = asyncio.get_running_loop().call_later(self._first_request, self._end, transport)

    def lost(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection no longer."""
        self._busy.pop(transport, None)
        if timer := self._idle.pop(transport, None):
            timer.cancel()

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Take a connection for busy while its request is being answered."""
        transport = request.transport
        if transport is None or transport not in self._idle:
            return await handler(request)
        self.lost(transport)
        self._busy[transport] = None
        try:
            return await handler(request)
        finally:
            if transport in self._busy:
                del self._busy[transport]
                self._idle[transport] = None  # aiohttp itself ends it if no other request comes

    def _make_room(self) -> None:
        logger.warning(
            "%d connections are open, as many as may be: the one that was silent longest is ended", self._most
        )
        self._end(next(iter(self._idle or self._busy)))

    def _end(self, transport: asyncio.BaseTransport) -> None:
        self.lost(transport)
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


class Counted(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol of one connection, and counts the connection while it is open."""

    def __init__(self, protocol: asyncio.Protocol, connections: Connections) -> None:
        self._protocol, self._connections = protocol, connections
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport = transport
        self._connections.opened(transport)
        self._protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no longer."""
        if self._transport:
            self._connections.lost(self._transport)
        self._protocol.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._protocol.resume_writing()
