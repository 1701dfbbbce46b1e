"""The connection: discord.py's client, pointed at the configured addresses, reduced to what this bot needs."""

import logging
from collections.abc import Callable, Sequence

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.commands import Payload, register
from adapters.discord.parse import Interaction

# A longer wait than this is left to whoever can tell people, or try again later.
_LONGEST_RATE_LIMIT = 30.0


def configure(api_url: str, gateway_url: str | None = None) -> None:
    """Point discord.py at these addresses. It has no setting for it, so this holds for the whole process.

    Its debug lines hold interaction tokens, so they are never written; nor are its words about voice.
    """
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    log = logging.getLogger("discord")
    log.setLevel(max(log.getEffectiveLevel(), logging.INFO))
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Connection(discord.Client):
    """One connection. `up` while events arrive; interactions are handed on as they come."""

    def __init__(self, *, commands: Sequence[Payload], received: Callable[[Interaction], None]) -> None:
        # Interactions need no intent at all; with the one for servers, discord.py knows channels by name.
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_RATE_LIMIT,
        )
        self.up = False
        self._commands, self._received = commands, received

    async def setup_hook(self) -> None:
        """Register the commands, once a process: not on_ready, which comes again with every new session."""
        await register(self, self._commands)

    async def on_connect(self) -> None:
        """Note that a session began."""
        self.up = True

    async def on_resumed(self) -> None:
        """Note that a session goes on."""
        self.up = True

    async def on_disconnect(self) -> None:
        """Note that no events arrive."""
        self.up = False

    async def on_interaction(self, interaction: Interaction) -> None:
        """Hand on what a person did."""
        self._received(interaction)
