"""Discord: slash commands, buttons and forms over Discord's gateway; replies over the REST API."""

from adapters.discord.adapter import DiscordAdapter

__all__ = ["DiscordAdapter"]
