"""The connection: discord.py's client with the configured URLs, reduced to what this bot needs."""

import asyncio
import logging
from collections.abc import Callable, Sequence

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.commands import Ids, Payload, ids, register
from adapters.discord.parse import Interaction

# A longer wait than this is left to the caller, who can notify users or try again later.
_LONGEST_RATE_LIMIT = 30.0


def configure(api_url: str, gateway_url: str | None = None) -> None:
    """Make discord.py use these URLs. It has no setting for that, so this affects the whole process.

    Its debug messages contain interaction tokens, so they are never written; nor are its warnings about voice.
    """
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    log = logging.getLogger("discord")
    log.setLevel(max(log.getEffectiveLevel(), logging.INFO))
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Connection(discord.Client):
    """One connection. `up` is true while events arrive; each interaction is passed to `received`."""

    def __init__(self, *, commands: Sequence[Payload], received: Callable[[Interaction], None]) -> None:
        # Interactions need no intent; with the one for servers, discord.py knows the names of channels.
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_RATE_LIMIT,
        )
        self.up = False
        self._commands, self._received = commands, received
        self._ids: Ids = {}

    async def setup_hook(self) -> None:
        """Register the commands once per login; `on_ready` would do it again for every new session."""
        self._ids = await register(self, self._commands)

    async def command_id(self, name: str) -> int:
        """Return the id of a registered command. Raises LookupError if there is none."""
        if name not in self._ids and self.application_id:
            self._ids = ids(await self.http.get_global_commands(self.application_id))
        return self._ids[name]

    async def close(self) -> None:
        """Close to the end, even if the caller is cancelled meanwhile: otherwise a session would stay open."""
        closing = asyncio.create_task(super().close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait({closing})
            raise

    async def on_connect(self) -> None:
        """Record that a session began."""
        self.up = True

    async def on_resumed(self) -> None:
        """Record that a session was resumed."""
        self.up = True

    async def on_disconnect(self) -> None:
        """Record that no events arrive."""
        self.up = False

    async def on_interaction(self, interaction: Interaction) -> None:
        """Pass on an interaction."""
        self._received(interaction)
