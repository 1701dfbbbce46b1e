"""Discord: slash commands, buttons and forms over the gateway; replies over the REST API."""

from adapters.discord.adapter import DiscordAdapter

__all__ = ["DiscordAdapter"]
