"""Read a request's body, with a limit on bytes and on time."""

import asyncio

from aiohttp import web

from adapters.web.parse import BadBody
from bot.core.bounds import PAGE_BODY_BYTES

_SECONDS = 10.0


async def read_body(request: web.Request) -> bytes:
    """Read the whole body. Raises BadBody if it is too large or too slow."""
    if (request.content_length or 0) > PAGE_BODY_BYTES:
        raise BadBody("too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > PAGE_BODY_BYTES:
                    raise BadBody("too_large")
    except TimeoutError as error:
        raise BadBody("too_slow") from error
    return bytes(body)
