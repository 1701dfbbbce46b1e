"""One connection of the HTTP server: how far its request is, how long that may take, and how much may be sent."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from aiohttp import web

from adapters.http.connections import Connections, Stage
from adapters.http.received import Received
from bot.core.bounds import HEADER_BYTES, READ_BYTES

_NO_LINGER = struct.pack("ii", 1, 0)
_NOTHING = bytearray()


class Counted(asyncio.BufferedProtocol):
    """Passes everything on to aiohttp's protocol, and ends the connection when something takes too long.

    aiohttp has limits for a header's lines and for the pause between two requests, and none for the time that a header,
    a body or the reading of an answer takes.
    """

    _transport: asyncio.Transport

    def __init__(self, protocol: asyncio.Protocol, connections: Connections) -> None:
        self._protocol, self._connections, self._times = protocol, connections, connections.times
        self._stage = Stage.UNFINISHED
        self._received, self._buffer = Received(), _NOTHING
        self._timer: asyncio.TimerHandle | None = None
        self._begun = self._handling = self._body_open = self._paused = self._over = False
        self._untaken = 0
        """Bytes of the answer that were left when that was looked at last."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport = cast("asyncio.Transport", transport)  # always a stream socket's
        self._connections.opened(self._transport, self)
        self._reach(Stage.UNFINISHED)
        self._protocol.connection_made(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no longer."""
        self._forget()
        self._protocol.connection_lost(exc)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return what is read into: asyncio would choose a size for itself, sixteen times as large."""
        self._buffer = bytearray(READ_BYTES)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on what was read, unless it is too much."""
        data, self._buffer = bytes(self._buffer[:nbytes]), _NOTHING
        if self._stage is Stage.IDLE:
            self._expect_header()
        self._received.add(data)
        if not self._is_too_much():
            self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass it on: too much of the answer already waits to be sent."""
        self._paused = True
        self._settle()
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._paused = False
        self._settle()
        self._protocol.resume_writing()

    def begin(self, request: web.BaseRequest) -> None:
        """Take note that a request's header is whole. Its body may have to come yet."""
        self._begun, self._handling, self._body_open = True, True, not request.content.is_eof()
        self._received.header_read(length=request.content_length, has_body=request.body_exists)
        if self._body_open:
            self._wait(self._times.body, self.end)
            request.content.on_eof(self._body_came)
        if not self._is_too_much():
            self._settle()

    def answered(self) -> None:
        """Take note that the request was handled, and its answer is about to be sent."""
        self._handling = False
        self._settle()

    def end(self) -> None:
        """End it at once, with all that is on its way."""
        self._forget()
        if self._paused:  # else the system would keep what is left of the answer, too, for as long as nobody takes it
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    def _body_came(self) -> None:
        self._body_open = False
        self._received.body_read()
        self._settle()

    def _is_too_much(self) -> bool:
        """Return whether more came than is kept, and end the connection then."""
        too_much = self._received.header_bytes > HEADER_BYTES or (self._begun and self._received.ahead > HEADER_BYTES)
        if too_much:
            self.end()
        return too_much

    def _settle(self) -> None:
        """Reach the stage that follows from what is known."""
        if self._body_open or not self._begun:
            return  # the request isn't whole
        if self._paused:
            self._reach(Stage.UNREAD)
        elif self._handling:
            self._reach(Stage.WORKING)
        elif self._received.ahead:
            self._expect_header()
        else:
            self._reach(Stage.IDLE)

    def _expect_header(self) -> None:
        self._begun = False
        self._received = Received(pipelined=self._received.ahead > 0)
        self._reach(Stage.UNFINISHED)

    def _reach(self, stage: Stage) -> None:
        if self._over:
            return
        self._stage = stage
        self._connections.reached(stage, self)
        if self._timer:
            self._timer.cancel()
        if stage is Stage.UNFINISHED:
            self._wait(self._times.header, self.end)
        elif stage is Stage.IDLE:
            self._wait(self._times.keep_alive, self.end)
        elif stage is Stage.UNREAD:
            self._untaken = self._transport.get_write_buffer_size()
            self._wait(self._times.answer, self._look_at_answer)

    def _look_at_answer(self) -> None:
        """End it if nothing was taken of the answer since that was looked at last."""
        if self._transport.get_write_buffer_size() < self._untaken:
            self._reach(Stage.UNREAD)
        else:
            self.end()

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _forget(self) -> None:
        self._over = True
        self._connections.lost(self._transport, self)
        if self._timer:
            self._timer.cancel()
