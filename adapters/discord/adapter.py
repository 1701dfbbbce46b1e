"""The Discord adapter: connect, and receive interactions."""

import asyncio

import discord

from adapters.discord.address import NAME
from adapters.discord.commands import payloads
from adapters.discord.connection import Connection, configure
from adapters.discord.handlers import Handlers
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.parse import Interaction
from bot.core.dispatch import Bot
from bot.core.tasks import Tasks

_LOGIN_SECONDS = 60.0
_DRAIN_SECONDS = 3.0


class DiscordAdapter:
    """Implements `bot.core.chat.Adapter`. The URLs are Discord's own, or those of a proxy in front of it."""

    name = NAME

    def __init__(self, bot: Bot, messenger: DiscordMessenger, *, token: str, api_url: str, gateway_url: str) -> None:
        self._bot, self._messenger = bot, messenger
        self._token, self._api_url, self._gateway_url = token, api_url, gateway_url
        self._connection: Connection | None = None

    @property
    def ready(self) -> bool:
        """Whether interactions arrive and can be answered now."""
        return self._connection is not None and self._connection.up

    async def run(self) -> None:
        """Connect, and serve until cancelled. Raises if the connection is lost permanently; it may be run again."""
        configure(self._api_url, self._gateway_url)
        handlers, tasks = Handlers(self._bot, self._messenger), Tasks()

        def received(interaction: Interaction) -> None:
            tasks.spawn(handlers.answer(interaction), f"interaction {interaction.id}")

        async with Connection(commands=payloads(), received=received) as connection:
            try:
                await self._serve(connection)
            finally:
                await tasks.drain(_DRAIN_SECONDS)
                self._connection = None
                self._messenger.attach(None)

    async def _serve(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                await connection.login(self._token)
        except discord.LoginFailure as error:
            raise ConnectionError("Discord refuses the token: set DISCORD_TOKEN to a valid one") from error
        self._connection = connection
        self._messenger.attach(connection)
        try:
            await connection.connect()
        except AttributeError as error:
            # discord.py 2.7 raises AttributeError when the first handshake fails: it has no websocket yet.
            if connection.ws is not None:
                raise
            raise ConnectionError("Discord's gateway could not be reached") from error
