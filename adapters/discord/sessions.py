"""Sessions with Discord's gateway: kept up, resumed, and begun no more often than Discord allows."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from adapters.discord import refused_token
from adapters.discord.connection import Connection
from adapters.discord.pace import Pace, Timings
from adapters.discord.session_limit import FEW, session_limit
from bot.core.errors import TokenRefused
from bot.core.quiet import Quiet
from bot.outgoing.connector import reason

logger = logging.getLogger(__name__)

_HANDSHAKE_SECONDS = 60.0
_TRIES_TO_RESUME = 3
_NOT_OURS, _TOKEN_REFUSED = 4000, 4004
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_FINAL: Mapping[int, str] = {
    4010: "it was asked for a shard that does not exist. Update the bot",
    4011: "the bot is in more than 2,500 servers, for which it would need shards. Let it leave some",
    4012: "it no longer speaks this version of its gateway. Update the bot",
    4013: "it does not know an intent that it was asked for. Update the bot",
    4014: "the application may not use an intent that it was asked for. Update the bot, or switch the intent on in the "
    "Developer Portal, under Bot",
}


class _Session(NamedTuple):
    """A session that can be resumed."""

    id: str
    sequence: int | None
    url: yarl.URL | None
    """Where Discord wants it to be resumed; None if that can't be reached, and the usual address is tried."""
    unheard: int = 0
    """How often in a row Discord took the connection, and did not answer that it resumed."""


class Sessions:
    """Keeps a session up, with one client after the other: the pauses outlive them.

    It takes the place of discord.py's own loop, which begins a session every five seconds without end, resumes without
    a pause, and never gives up an address for resuming that is gone.
    """

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._connections = Pace(timings.connection, timings.longest_connection, timings.settled)
        self._begun = Pace(timings.session, timings.longest_session, timings.settled)
        self._quiet = Quiet()
        self.trouble = ""
        """Why the latest connection ended, or why there is no connection, in a few words."""

    def begins(self) -> None:
        """Take note that Discord is asked for a new session now."""
        self._begun.begins()

    async def keep(self, client: Connection) -> None:
        """Keep a session up until the client is closed. Raises TokenRefused."""
        session: _Session | None = None
        while not client.is_closed():
            await self._turn(client, session)
            session = await self._follow(client, session)

    async def _turn(self, client: Connection, session: _Session | None) -> None:
        """Wait until the next connection may be made."""
        await asyncio.sleep(self._connections.left())
        if session is None:
            wait = self._begun.left(await self._spare(client))
            if wait > self._timings.session:
                after = f"the next session begins in {wait:.0f} s, to keep within the day's limit"
                self.trouble = f"{self.trouble or 'not connected'}: {after}"
                if not self._quiet.again("sessions"):
                    logger.warning("Discord: %s", after)
            await asyncio.sleep(wait)
        self._connections.begins()

    async def _spare(self, client: Connection) -> float:
        """Wait while few of the day's new sessions are left, and return the pause between two that remain.

        Another process may have used them, or this one before it was started again.
        """
        while (limit := await session_limit(client)) and limit.left <= FEW:
            end = f"{datetime.now(UTC) + timedelta(seconds=limit.seconds):%Y-%m-%d %H:%M} UTC"
            self.trouble = f"{limit.left} of the day's {limit.total} new sessions are left: waiting until {end}"
            if not self._quiet.again("limit"):
                logger.error(
                    "Discord: %s, since Discord resets the token of a bot that uses them up. Find what restarts the "
                    "bot again and again, or what else uses its token",
                    self.trouble,
                )
            await asyncio.sleep(min(max(limit.seconds, self._timings.session), self._timings.rarely))
        return limit.pause if limit else 0.0

    async def _follow(self, client: Connection, session: _Session | None) -> _Session | None:
        """Make one connection, and follow it to its end. Return the session to resume, if there is one."""
        socket: DiscordWebSocket | None = None
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                socket = client.ws = await _connected(client, session)
            while True:
                await socket.poll_event()
                # Without this, all commands of a burst would be read at once, while the first ones wait for their
                # answers.
                await asyncio.sleep(0)
        except ReconnectWebSocket as ended:
            self._lost(client, f"closed, code {_code(socket)}" if ended.resume else "the session is over")
            return _resumable(client, socket, session) if ended.resume else None
        except discord.ConnectionClosed as closed:
            await self._refused(closed.code)
            return None
        except discord.RateLimited as limited:
            self._lost(client, f"Discord asks to wait {limited.retry_after:.0f} s before the next connection")
            await asyncio.sleep(limited.retry_after)
            return _resumable(client, socket, session)
        except Exception as error:  # after any end the next connection is made
            logger.debug("Discord: a connection ended", exc_info=error)
            self._lost(client, _words(error))
            return _resumable(client, socket, session)
        finally:
            client.up = False
            if socket and socket.open:
                await socket.close(_NOT_OURS)

    def _lost(self, client: Connection, words: str) -> None:
        self.trouble = f"not connected ({words})"
        if client.is_closed() or self._quiet.again(words):
            return
        # Discord asks for a new connection every few hours, and each is resumed at once.
        logger.log(logging.INFO if client.up else logging.WARNING, "Discord: the connection is lost (%s)", words)

    async def _refused(self, code: int) -> None:
        """Wait for long, if nothing but a person can cure why Discord closed the connection."""
        if code == _TOKEN_REFUSED:
            raise TokenRefused(refused_token.REFUSED, refused_token.CURE)
        self.trouble = f"Discord closed the connection (code {code})"
        if code not in _FINAL:
            return
        self.trouble = f"{self.trouble}: {_FINAL[code]}"
        if not self._quiet.again(self.trouble):
            logger.error("Discord: %s; connecting again in %.0f s", self.trouble, self._timings.rarely)
        await asyncio.sleep(self._timings.rarely)


async def _connected(client: Connection, session: _Session | None) -> DiscordWebSocket:
    """Connect, and ask for a new session or to resume this one. `initial`: the pause before it is over."""
    if session is None:
        return await DiscordWebSocket.from_client(client, initial=True)
    return await DiscordWebSocket.from_client(
        client, initial=True, gateway=session.url, session=session.id, sequence=session.sequence, resume=True
    )


def _resumable(client: Connection, socket: DiscordWebSocket | None, session: _Session | None) -> _Session | None:
    """Return what to resume after a connection over `socket`, which is None if it wasn't made."""
    if socket is None:
        return session._replace(url=None) if session else None
    if socket.session_id is None:
        return None
    unheard = 0 if client.up else session.unheard + 1 if session else 1
    if unheard >= _TRIES_TO_RESUME:
        return None
    return _Session(id=socket.session_id, sequence=socket.sequence, url=socket.gateway, unheard=unheard)


def _code(socket: DiscordWebSocket | None) -> int | None:
    return socket.socket.close_code if socket else None


def _words(error: Exception) -> str:
    """Return an error in a few words: a library's own words may hold an address or a whole page."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"the handshake was answered {error.status}"
    return reason(error)
