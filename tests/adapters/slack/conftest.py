"""The whole bot between a Slack and a gateway, over both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.client import connected
from bot.core.images.library import ImageLibrary
from storage.images import ObjectImageStore
from tests.conftest import StartBot
from tests.fakes.slack import BOT_TOKEN, FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform
from tests.support.slack_stage import Stage


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture(params=["socket", "http"])
async def chat(request: pytest.FixtureRequest, slack: FakeSlack, start_bot: StartBot) -> AsyncIterator[SlackDriver]:
    """Run a bot, once on each transport."""
    async with slack_platform(start_bot, mode=request.param, slack=slack) as driver:
        yield driver


@pytest.fixture
async def socket_chat(slack: FakeSlack, start_bot: StartBot) -> AsyncIterator[SlackDriver]:
    """Run a bot on Socket Mode, for behaviour that is the same on both transports."""
    async with slack_platform(start_bot, mode="socket", slack=slack) as driver:
        yield driver


@pytest.fixture
async def stage(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Stage]:
    """Return a Slack that processes files at once, with a messenger that shows outcomes there."""
    slack.world.processing_seconds = slack.world.showable_seconds = 0
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    async with connected(BOT_TOKEN, slack.api_url) as client:
        yield Stage(slack, client, library)
