"""The platforms."""

from typing import Any

from adapters.discord.platform import PLATFORM as DISCORD
from adapters.slack.platform import PLATFORM as SLACK
from adapters.web.platform import PLATFORM as WEB
from bot.core.platform import Platform

Platforms = tuple[Platform[Any], ...]

PLATFORMS: Platforms = (DISCORD, SLACK, WEB)
