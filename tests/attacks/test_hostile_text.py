"""Hostile text through every door of a running bot: nothing of it acts in the log, in the ledger or in an answer."""

import base64
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from bot.cli.assembly import Running
from bot.cli.logs import TextFormatter
from bot.core.bounds import LOG_ENTRY_BYTES, TEXT_CHARACTERS
from tests.adapters.web.speak import ask, printed, until
from tests.conftest import StartBot
from tests.fakes import discord_driver
from tests.fakes.cometapi import FakeCometAPI, Says, fails, png
from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import settings_for
from tests.fakes.web_browser import browser
from tests.support.hostile import hostile

TIMES = 12


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture(scope="module")
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as running:
        yield running


@pytest.fixture(scope="module")
async def running(start_bot: StartBot, slack: FakeSlack, discord: FakeDiscord) -> AsyncIterator[Running]:
    chats = settings_for(slack, "http") | discord_driver.settings(discord)
    async with start_bot(playground=True, quota_images=500, max_open_jobs_per_user=100, **chats) as running:
        slack.bot_url = running.url
        yield running


@pytest.fixture(scope="module")
async def ada(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(printed(running)) as session:
        yield session


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """Return what the log has written at the end. pytest's own handlers can't report halves of characters."""
    held = io.BytesIO()
    handler = logging.StreamHandler(io.TextIOWrapper(held, "utf-8", write_through=True))
    handler.setFormatter(TextFormatter())
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    yield held
    lines = held.getvalue().decode().split("\n")[:-1]
    assert not any("Traceback" in line for line in lines)
    entries = [line for line in lines if not line.startswith("    ")]
    assert all(line.isprintable() and len(line.encode()) <= LOG_ENTRY_BYTES for line in lines)
    assert all(entry[:2] == "20" and entry[4] == "-" for entry in entries)
    assert not any("ERROR   bot.core: the image gateway refuses all work" in entry[24:60] for entry in entries)


def as_bytes(words: str) -> str:
    """Return what a form or a header can carry."""
    return words.encode("utf-8", "replace").decode()


def as_header(words: str) -> str:
    """Return what aiohttp sends in a header."""
    return "".join(char for char in as_bytes(words) if char >= " " and char != "\x7f")[:2000]


def named(words: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give a person and a channel of Discord's such names."""
    return lambda payload: {
        **payload,
        "channel": payload["channel"] | {"name": words},
        "member": payload["member"] | {"nick": words},
    }


@pytest.mark.usefixtures("written")
async def test_names_and_prompts_of_slack(running: Running, slack: FakeSlack) -> None:
    await slack.command("/quota", "")
    payload = slack.deliveries[-1].payload
    for words in map(as_bytes, hostile(TIMES, seed=1)):
        odd = dict.fromkeys(("user_name", "channel_name", "team_domain", "text", "trigger_id"), words[:500])
        assert (await slack.deliver({**payload, "command": "/imagine", **odd, "text": f"a boat {words}"})).acknowledged
        press = {"type": "block_actions", "user": {"id": words, "name": words}, "actions": [{"action_id": words}]}
        assert (await slack.deliver(press)).status in {200, 500}
    assert await running.ready()


@pytest.mark.usefixtures("written")
async def test_names_and_prompts_of_discord(running: Running, discord: FakeDiscord) -> None:
    for words in hostile(TIMES, seed=2):
        discord.alter = named(words)
        await discord.answered(await discord.command("imagine", {"prompt": f"a boat {words}"}))
    discord.alter = lambda payload: payload
    assert await running.ready()


@pytest.mark.usefixtures("written")
async def test_bodies_and_headers_of_strangers(running: Running, ada: aiohttp.ClientSession) -> None:
    async with aiohttp.ClientSession() as session:
        for words in hostile(TIMES, seed=3):
            line = as_header(words)
            heads = {"X-Slack-Signature": line, "X-Slack-Request-Timestamp": line, "Accept-Language": line}
            for path in ("/slack/events", "/", "/readyz", "/nothing"):
                with suppress(aiohttp.ClientError):  # the bot may end the connection
                    async with session.post(running.url + path, data=words.encode("utf-8", "replace"), headers=heads):
                        pass
            body = json.dumps({"text": words, "key": words[:100], "options": {"size": words}})
            async with ada.post("/api/commands", data=body) as answer:
                assert answer.status < 500
    assert await running.ready()


async def test_answers_of_the_gateway(ada: aiohttp.ClientSession, gateway: FakeCometAPI, written: io.BytesIO) -> None:
    for words in hostile(TIMES, seed=4):
        gateway.will(fails(400, "invalid_value", words, headers={"X-Request-Id": as_header(words)}))
        status, accepted = await ask(ada, "a boat")
        assert status == 202
        await until(ada, accepted["job"], "failed")
    made = await drawn(ada, gateway, "a tall ship \x1b[2J\u202e\n" * 400_000)
    assert len(made["revised_prompt"]) <= TEXT_CHARACTERS
    assert not {"\x1b", "\u202e"} & set(made["revised_prompt"])
    assert written.getvalue()


async def drawn(ada: aiohttp.ClientSession, gateway: FakeCometAPI, revised: str) -> dict[str, str]:
    image = base64.b64encode(png()).decode()
    gateway.will(Says(body={"data": [{"b64_json": image, "revised_prompt": revised}]}))
    _, accepted = await ask(ada, "a boat")
    return await until(ada, accepted["job"], "delivered")
