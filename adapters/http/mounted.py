"""Serves an application with aiohttp, within bounds."""

import asyncio
import socket
from functools import partial
from typing import cast

from aiohttp import web

from adapters.http.connections import Connections, Handler
from adapters.http.counted import Counted
from adapters.http.noise import Noise
from bot.core.bounds import (
    ACCEPTED_AT_ONCE,
    BACKLOG,
    GOODBYE_SECONDS,
    HEADER_LINE_BYTES,
    HEADER_LINES,
    KEEP_ALIVE_SECONDS,
    LINGER_SECONDS,
    READ_AHEAD_BYTES,
)


class Mounted:
    """An application that serves a listening socket, within the bounds for what strangers send."""

    def __init__(self, app: web.Application, connections: Connections) -> None:
        self._connections = connections
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=Noise(),
            shutdown_timeout=GOODBYE_SECONDS,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=HEADER_LINE_BYTES,
            max_field_size=HEADER_LINE_BYTES,
            max_headers=HEADER_LINES,
            read_bufsize=READ_AHEAD_BYTES,
            auto_decompress=False,  # a few bytes could become many
        )
        self._server: asyncio.Server | None = None

    async def start(self, listening: socket.socket) -> None:
        """Accept connections at a socket that is bound."""
        await self._runner.setup()
        new_protocol = cast("web.Server", self._runner.server)  # there is one, once it is set up
        # Around the whole application: its middlewares see no request that it refuses by itself.
        handler = partial(_expecting_no_more, new_protocol.request_handler)
        new_protocol.request_handler = partial(self._connections.answer, handler)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Counted(new_protocol(), self._connections), sock=listening, backlog=ACCEPTED_AT_ONCE
        )
        listening.listen(BACKLOG)  # asyncio has one number for both, and has made this one as small

    async def close(self) -> None:
        """Accept no more, wait for what is being answered, and end."""
        if self._server:
            self._server.close()
        await self._runner.cleanup()


async def _expecting_no_more(handler: Handler, request: web.BaseRequest) -> web.StreamResponse:
    """Refuse what expects anything but the one thing that there is: aiohttp fails on odd letters in it."""
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        return web.Response(status=417)
    return await handler(request)
