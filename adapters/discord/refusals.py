"""Translate discord.py's errors into what they mean for a message that is to be shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import discord

from bot.core.errors import DeliveryError

# discord.py allows 300 s for an upload. The worker that waits for it has a lease to keep.
_SECONDS = 60.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_TOO_LARGE = 40005
_DEAD_TOKEN = 50027
_GONE = frozenset({10003, 10008})

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""The connection broke, or did not exist: it is not known whether the request took effect."""


class WayClosed(Exception):
    """The reply can't be shown in this way; another way may work."""


class MessageGone(WayClosed):
    """The message was deleted, or the channel with it."""


class TooLarge(WayClosed):
    """The files are larger than the place takes."""


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Limit a request's time, and translate its errors. Raises WayClosed; DeliveryError if a retry may succeed."""
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except discord.RateLimited as error:
        raise DeliveryError("Discord asks for patience", retry_after=error.retry_after) from error
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except NO_ANSWER as error:
        raise DeliveryError(f"no answer from Discord ({type(error).__name__})") from error
    except RuntimeError as error:
        if "closed" not in str(error):  # aiohttp has no error type for a session that was closed meanwhile
            raise
        raise DeliveryError("the connection to Discord was closed") from error


def _meaning(error: discord.HTTPException) -> Exception:
    said = f"{error.status}, code {error.code}"
    # discord.py retries neither a 429 from the proxy in front of Discord's API, nor a 503.
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryError(f"Discord answered {said}", retry_after=_retry_after(error))
    if error.status == HTTPStatus.UNAUTHORIZED and error.code != _DEAD_TOKEN:
        return DeliveryError(f"Discord refuses the bot's token ({said})")
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _TOO_LARGE:
        return TooLarge(said)
    return MessageGone(said) if error.code in _GONE else WayClosed(said)


def _retry_after(error: discord.HTTPException) -> float | None:
    given = error.response.headers.get("Retry-After", "")
    try:
        return float(given)
    except ValueError:
        return None
