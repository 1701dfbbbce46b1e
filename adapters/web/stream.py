"""Server-sent events: which of a user's jobs changed. Their new state is read from the ledger."""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from adapters.web.events import Listener
from bot.core.bounds import STREAM_SECONDS

# A proxy or a sleeping laptop may cut a silent connection; a comment keeps it open, and shows whether it still works.
HEARTBEAT_SECONDS = 15.0
_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


def event_stream() -> web.StreamResponse:
    """Return the response, not yet started."""
    return web.StreamResponse(headers=_HEADERS)


async def stream(response: web.StreamResponse, listener: Listener, heartbeat: float = HEARTBEAT_SECONDS) -> None:
    """Send changes until the listener is closed or the browser has disconnected."""
    with suppress(ConnectionError, TimeoutError):
        # How long a browser waits before it connects again, and a sign that it misses nothing from now on.
        await _write(response, "retry: 1000\nevent: ready\ndata: {}\n\n")
        while (jobs := await listener.changed(heartbeat)) is not None:
            frames = "".join(f"event: job\ndata: {json.dumps({'job': job})}\n\n" for job in jobs)
            await _write(response, frames or ": still here\n\n")
        if listener.replaced:
            await _write(response, "event: replaced\ndata: {}\n\n")


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(STREAM_SECONDS):
        await response.write(text.encode())
