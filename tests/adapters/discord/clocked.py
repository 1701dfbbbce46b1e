"""A bot whose adapter has a clock that can be moved, and what it says to one person alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.discord.platform import PLATFORM
from bot.cli.assembly import running
from tests.conftest import BotSettings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_world import EPHEMERAL, Interaction
from tests.support.builders import MovableClock


@asynccontextmanager
async def bot_on(
    clock: MovableClock, bot_settings: BotSettings, discord: FakeDiscord, **given: object
) -> AsyncIterator[None]:
    """Run the bot, with this clock in its part for Discord."""
    clocked = replace(PLATFORM, build=lambda settings, library, _: PLATFORM.build(settings, library, clock))
    async with running(bot_settings(**settings(discord), **given), platforms=(clocked,)) as bot:
        while not await bot.ready():
            await asyncio.sleep(0.02)
        yield


async def said(discord: FakeDiscord, sent: Interaction) -> str:
    """Return what only the person sees as the answer; an empty text if all see it, or if it is a form."""
    answer = (await discord.answered(sent)).get("data", {})
    return str(answer["content"]) if int(answer.get("flags") or 0) & EPHEMERAL else ""
