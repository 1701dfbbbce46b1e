"""The Discord adapter: connect, and receive interactions."""

import asyncio
import logging

import discord

from adapters.discord import NAME, refused_token
from adapters.discord.askers import Askers
from adapters.discord.connection import Connection, configure
from adapters.discord.handlers import Handlers
from adapters.discord.invite import invite_url
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.pace import Timings
from adapters.discord.parse import Interaction
from adapters.discord.refusals import retry_after
from adapters.discord.registration import Registration
from adapters.discord.sessions import Sessions
from adapters.discord.settings import DiscordSettings, token_of, ways_out_of
from bot.core.chat import Sharing
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.errors import TokenRefused
from bot.core.message import Message, counted, message
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

_LOGIN_SECONDS = 60.0
_DRAIN_SECONDS = 3.0


class DiscordAdapter:
    """Implements `bot.core.chat.Adapter`. The URLs are Discord's own, or those of a proxy in front of it."""

    name = NAME

    def __init__(
        self,
        bot: Bot,
        messenger: DiscordMessenger,
        settings: DiscordSettings,
        clock: Clock,
        timings: Timings | None = None,
    ) -> None:
        self._messenger, self._settings = messenger, settings
        self._sessions = Sessions(timings or Timings())
        self._registration = Registration(timings or Timings())
        self._connection: Connection | None = None
        self._waits = ""
        self._tasks = Tasks()
        self._handlers = Handlers(bot, messenger, Askers(settings, self._connected, clock=clock, tasks=self._tasks))

    @property
    def unready(self) -> str:
        """Why interactions don't arrive or can't be answered now."""
        if self._connection is None:
            return self._waits or "not connected"
        if not self._connection.up:
            return self._sessions.trouble or "not connected"
        return self._registration.missing

    @property
    def sharing(self) -> Sharing | None:
        """None: Discord doesn't say how many connections use the token."""
        return None

    @property
    def presence(self) -> Message | None:
        """The bot's name, and in how many servers it is, once people can use it."""
        connection = self._connection
        if self.unready or not connection or not connection.user or not (application := connection.application):
            return None
        name, servers = connection.user.name, application.approximate_guild_count
        if not servers:
            url = invite_url(application.id)
            return message("Discord: {name}, not in any server yet. Add it to one: {url}", name=name, url=url)
        return counted(
            "Discord: {name}, in {n} server. Type /imagine there.",
            "Discord: {name}, in {n} servers. Type /imagine there.",
            servers,
            name=name,
        )

    async def run(self) -> None:
        """Connect, and serve until cancelled. Raises if the connection is lost permanently; it may be run again."""
        configure(self._settings.discord_api_url, self._settings.discord_gateway_url)

        wire = self._messenger.wire

        def received(interaction: Interaction) -> None:
            wire.clock.happened(interaction.created_at)
            self._tasks.spawn(self._handlers.answer(interaction), f"interaction {interaction.id}")

        def unreadable(interaction: Interaction) -> None:
            self._tasks.spawn(self._handlers.apologise(interaction), f"interaction {interaction.id}")

        async with Connection(
            received=received,
            unreadable=unreadable,
            begins=self._sessions.begins,
            ways_out=ways_out_of(self._settings),
            wire=wire,
        ) as connection:
            try:
                await self._serve(connection)
            finally:
                await self._tasks.drain(_DRAIN_SECONDS)
                self._connection = None
                self._messenger.attach(None)

    def _connected(self) -> Connection:
        if self._connection is None:
            raise ConnectionError("not connected to Discord")
        return self._connection

    async def _serve(self, connection: Connection) -> None:
        await self._login(connection)
        self._connection = connection
        self._messenger.attach(connection)
        registering = asyncio.create_task(self._register(connection))
        try:
            await self._sessions.keep(connection)
        finally:
            registering.cancel()
            await asyncio.wait({registering})

    async def _register(self, connection: Connection) -> None:
        await self._registration.run(connection, connection.registered)
        await asyncio.to_thread(self._messenger.wire.seal.prepare)  # people can use the commands already

    async def _login(self, connection: Connection) -> None:
        """Log in. Raises TokenRefused; ConnectionError if it fails otherwise, as soon as it may be tried again."""
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                await connection.login(token_of(self._settings))
        except discord.LoginFailure as error:
            raise TokenRefused(refused_token.REFUSED, refused_token.CURE) from error
        except discord.RateLimited as error:
            await self._wait(error.retry_after)
            raise ConnectionError("Discord answered 429 at the login") from error
        except discord.HTTPException as error:
            await self._wait(retry_after(error))
            raise ConnectionError(f"Discord answered {error.status} at the login, code {error.code}") from error
        except (TypeError, LookupError) as error:  # discord.py reads what came as what Discord would have sent
            where = self._settings.discord_api_url
            raise ConnectionError(f"what answers at {where} is not Discord: it may be a proxy's web page") from error

    async def _wait(self, seconds: float | None) -> None:
        """Leave Discord in peace for as long as it asked for, and say so."""
        if not seconds:
            return
        self._waits = f"not connected: Discord asks to wait {seconds:.0f} s before the next login"
        logger.warning("Discord: %s", self._waits)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._waits = ""
