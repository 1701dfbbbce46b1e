"""The whole bot between a fake Discord and a fake gateway."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.support.discord_stage import Stage, staged


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as running:
        yield running


@pytest.fixture
def people(discord: FakeDiscord) -> DiscordDriver:
    return DiscordDriver(discord)


@pytest.fixture
async def bot(discord: FakeDiscord, start_bot: StartBot) -> AsyncIterator[None]:
    """Run one bot for the whole test."""
    async with start_bot(**settings(discord)):
        yield


@pytest.fixture
async def stage(discord: FakeDiscord, tmp_path: Path) -> AsyncIterator[Stage]:
    """Return a Discord with a messenger that shows outcomes there."""
    async with staged(discord, tmp_path / "images") as stage:
        yield stage
