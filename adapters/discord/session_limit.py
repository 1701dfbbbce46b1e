"""How many sessions a bot may still begin today, as Discord says."""

import asyncio
import logging
from typing import Any, NamedTuple

import discord
from discord.http import Route

logger = logging.getLogger(__name__)

FEW = 20
"""How many of the day's new sessions are left to people who look for what has used the others."""

_SECONDS = 10.0


class SessionLimit(NamedTuple):
    """`left` of `total` new sessions are left for the next `seconds`."""

    total: int
    left: int
    seconds: float
    shards: int
    """Into how many shards Discord recommends to divide the bot's servers."""

    @property
    def pause(self) -> float:
        """How many seconds to wait before a session, so that the sessions that are left last until the next day.

        Discord also counts sessions that a process doesn't know: those from before its start. While more than half of
        the day's sessions are left, nothing is wrong.
        """
        return 0.0 if self.left > self.total / 2 else self.seconds / max(self.left - FEW, 1)


async def session_limit(client: discord.Client) -> SessionLimit | None:
    """Ask Discord. Return None if it doesn't say.

    https://docs.discord.com/developers/events/gateway#get-gateway-bot
    """
    try:
        async with asyncio.timeout(_SECONDS):
            said: Any = await client.http.request(Route("GET", "/gateway/bot"))
        limit = said["session_start_limit"]
        return SessionLimit(
            total=int(limit["total"]),
            left=int(limit["remaining"]),
            seconds=max(int(limit["reset_after"]), 0) / 1000,
            shards=int(said["shards"]),
        )
    except Exception as error:  # noqa: BLE001  it is a precaution, without which the bot can do
        logger.debug("Discord does not say how many sessions are left (%s)", type(error).__name__)
        return None
