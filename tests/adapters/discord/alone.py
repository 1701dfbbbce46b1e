"""The adapter alone between a fake Discord and a bot that isn't asked anything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.pace import Timings
from adapters.discord.seal import Seal
from adapters.discord.settings import DiscordSettings
from bot.core.clock import SystemClock
from bot.core.dispatch import Bot
from bot.core.images.library import ImageLibrary
from bot.core.supervise import failure_of
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings

AN_HOUR = 3600.0
QUICK = Timings(
    connection=0.01, longest_connection=0.02, session=0.01, longest_session=0.02, registration=0.01, rarely=AN_HOUR
)


def adapter_on(discord: FakeDiscord, timings: Timings = QUICK, bot: object = None, **given: str) -> DiscordAdapter:
    library, clock = cast("ImageLibrary", None), SystemClock()
    chosen = DiscordSettings.model_validate({**settings(discord), **given})
    messenger = DiscordMessenger(library, clock=clock, seal=Seal(discord.token))
    return DiscordAdapter(cast("Bot", bot), messenger, chosen, clock, timings)


@asynccontextmanager
async def run(adapter: DiscordAdapter) -> AsyncIterator["asyncio.Task[BaseException | None]"]:
    """Run the adapter, and yield the task that returns what it fails with."""
    running = asyncio.create_task(failure_of(adapter.run()))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait({running})


@asynccontextmanager
async def connecting(discord: FakeDiscord, timings: Timings = QUICK) -> AsyncIterator[DiscordAdapter]:
    adapter = adapter_on(discord, timings)
    async with run(adapter) as running:
        yield adapter
        assert not running.done()


@asynccontextmanager
async def connected(discord: FakeDiscord, timings: Timings = QUICK) -> AsyncIterator[DiscordAdapter]:
    async with connecting(discord, timings) as adapter:
        await until(lambda: not adapter.unready)
        yield adapter


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def after_a_while() -> None:
    """Let a time pass that is long for a machine: everything that could come has come by then."""
    await asyncio.sleep(0.2)


def said(caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
    """Return the lines that the bot and discord.py logged, as far as an operator reads them."""
    lines = [
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        if record.name.startswith(("adapters", "bot", "discord")) and record.levelname != "DEBUG"
    ]
    return [line for line in lines if all(word in line for word in words)]
