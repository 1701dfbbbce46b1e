"""What strangers hold open, and what fails again and again, has a bound: the bot goes on, and its log is short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.support.process import BotProcess

SILENT = 300
DESCRIPTORS = 100, 256
"""The soft limit, which the bot raises, and the hard one."""
LONGEST_LOG = 60


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@asynccontextmanager
async def silent(bot: BotProcess, connections: int) -> AsyncIterator[None]:
    """Open connections, half of which send a part of a request, and none of which goes on."""
    address = urlsplit(bot.url)
    async with AsyncExitStack() as stack:
        for number in range(connections):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            if number % 2:
                writer.write(b"GET / HTTP/1.1\r\nHo")
        yield


async def test_silent_connections_stop_neither_the_bot_nor_its_log(
    tmp_path: Path, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    given = {"cometapi_key": "sk-test", "cometapi_base_url": gateway.base_url, **settings(discord)}
    bot = BotProcess(tmp_path, given, descriptors=DESCRIPTORS)
    async with bot, silent(bot, SILENT), aiohttp.ClientSession() as session:
        for _ in range(3):
            async with asyncio.timeout(5), session.get(f"{bot.url}/healthz") as answer:
                assert answer.status == 200
        people = DiscordDriver(discord)
        await people.imagine("a paper boat")
        await people.wait_for(lambda seen: bool(seen.images))
    said = bot.log().splitlines()
    assert len(said) <= LONGEST_LOG
    assert sum("128 connections are open" in line for line in said) == 1
