"""Every platform, as a context manager that runs the whole bot on it and gives a driver."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol

from tests.conftest import StartBot
from tests.fakes.discord_driver import discord_platform
from tests.fakes.driver import Driver
from tests.fakes.slack_driver import slack_platform
from tests.fakes.web_driver import web_platform


class Platform(Protocol):
    def __call__(
        self, start_bot: StartBot, *, locale: str = ..., **settings: object
    ) -> AbstractAsyncContextManager[Driver]: ...


PLATFORMS: Mapping[str, Platform] = {
    "playground": web_platform,
    "discord": discord_platform,
    "slack-socket": partial(slack_platform, mode="socket"),
    "slack-http": partial(slack_platform, mode="http"),
}
CHATS = ("discord", "slack-socket", "playground")
"""Each chat once: for what Slack's two modes have in common."""
