"""The whole bot between a Slack and a gateway, over both transports."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import StartBot
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform


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
    """Run a bot on Socket Mode, for what is the same on both transports."""
    async with slack_platform(start_bot, mode="socket", slack=slack) as driver:
        yield driver
