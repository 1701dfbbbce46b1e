"""Secrets go nowhere: not to where a gateway sends the bot, and not into logs, answers, files and command lines."""

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.cli.main import parser
from bot.cometapi.client import CometAPI
from bot.core.errors import ProviderError
from bot.core.image import ImageRequest
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says, redirects
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for

KEY, PASSWORD = "sk-an-unmistakable-key", "an-unmistakable-password"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_follows_no_redirect(gateway: FakeCometAPI, status: int) -> None:
    async with FakeCometAPI() as elsewhere, CometAPI(gateway.base_url, KEY) as client:
        away = redirects(f"{elsewhere.base_url}/images/generations", status)
        gateway.will(away)
        gateway.keyed_list = away
        for call in (client.generate(ImageRequest(model="dall-e-3", prompt="a boat")), client.check()):
            with pytest.raises(ProviderError):
                await call
    assert elsewhere.requests == elsewhere.fetched == []


def everything_below(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_no_secret_is_logged_told_or_kept(
    start_bot: StartBot, folder: Path, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = {"cometapi_key": KEY, "https_proxy": f"http://me:{PASSWORD}@10.1.2.3:3128", "playground": True}
    async with FakeDiscord() as discord, FakeSlack() as slack:
        on_discord, on_slack = DiscordDriver(discord), SlackDriver(slack)
        secrets = (KEY, PASSWORD, discord.token, BOT_TOKEN, APP_TOKEN)
        async with start_bot(**settings(discord), **settings_for(slack, "socket"), **given) as bot:
            gateway.will(Says(status=400, body={"error": {"message": f"what is {KEY}?", "code": "invalid_request"}}))
            await on_discord.imagine("a boat")
            await on_discord.wait_for(lambda seen: "Nothing was charged" in seen.text)
            slack.fail("chat.update", status=500)
            await on_slack.imagine("a boat")
            await on_slack.wait_for(lambda seen: bool(seen.images))
            async with aiohttp.ClientSession(bot.url) as session:
                answers = [await (await session.get(path)).text() for path in ("/readyz?all", "/metrics", "/nowhere")]
            kept = list(everything_below(folder))
    ours = ("adapters", "bot", "storage", "aiohttp", "slack", "discord", "obstore", "sqlalchemy")
    said = [f"{each.getMessage()} {each.exc_text}" for each in caplog.records if each.name.startswith(ours)]
    for secret in secrets:
        assert not [line for line in said if secret in line]
        assert not [text for text in (*on_discord.told(), *on_slack.told(), *answers) if secret in text]
        assert not [content for content in kept if secret.encode() in content]


def options(of: argparse.ArgumentParser) -> Iterator[str]:
    for action in of._actions:
        yield from (action.dest, *action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options(inner)


def test_no_secret_is_an_argument_which_every_user_of_the_machine_can_read() -> None:
    words = ("key", "token", "secret", "password")
    assert not [option for option in options(parser()[0]) if any(word in option.lower() for word in words)]
