"""The sandbox as a server of this process: for the demo, for test pictures, and for a process of its own."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from aiohttp import web
from pydantic import SecretStr

from adapters.http.connections import Connections
from adapters.http.mounted import Mounted
from bot.core.bounds import most_connections
from bot.core.message import message
from bot.settings import TEST_KEY, Settings

_SECONDS = 0.5
"""How long a test picture takes at least, so that people see that it is being drawn."""


@asynccontextmanager
async def with_sandbox(settings: Settings, *, seconds: float = _SECONDS) -> AsyncIterator[Settings]:
    """Serve a sandbox on a free port while the context lasts, and yield the settings that lead to it."""
    from bot.sandbox import sandbox_app  # here, so that a bot with a real key doesn't load the drawing code

    async with listening(sandbox_app(delay=seconds), 0) as url:
        changes = {"cometapi_base_url": f"{url}/v1", "cometapi_key": SecretStr(TEST_KEY)}
        yield settings.model_copy(update=changes)


@asynccontextmanager
async def listening(app: web.Application, port: int) -> AsyncIterator[str]:
    """Serve on a port of this machine, 0 for a free one, and yield the address. Raises OSError."""
    with closing(socket.socket()) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(
                message(
                    "Port {port} can't be used ({error}). Choose another one with --port.",
                    port=str(port),
                    error=error.strerror or str(error),
                )
            ) from error
        # Other programs of the machine reach it too, and leave the other half to the bot's own servers.
        mounted = Mounted(app, Connections(most_connections() // 2))
        await mounted.start(door.dup())
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            await mounted.close()
