"""Connections of strangers, and repeated failures, have bounds: the bot goes on, and its log is short."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import settings_for
from tests.support.process import BotProcess

HALF_REQUESTS = 1005
DESCRIPTORS = 100, 1024
"""The soft limit, which the bot raises, and the hard one."""
BODIES = 200
LARGE = 2 * 1024 * 1024
MOST_READ = 512 * 1024
LENGTH = b"Content-Length: %d\r\n"
IN_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n%x"
"""It doesn't say how long the body is, but how long its first part is."""
FLOODS = [(LARGE, LENGTH), (MOST_READ, LENGTH), (MOST_READ, IN_CHUNKS)]
LOOKS = 50
"""At the memory: in each turn of its loop the bot reads a part of each body."""
MOST_MORE_MEMORY = 40_000_000
"""Bytes, of the bodies that are read and what is read ahead of the others."""
LONGEST_LOG = 60


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture(autouse=True)
def _descriptors_of_our_own() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def half_requests(bot: BotProcess) -> AsyncIterator[None]:
    """Open connections. Half of them send a part of a header, and then nothing comes."""
    address = urlsplit(bot.url)
    async with AsyncExitStack() as stack:
        for number in range(HALF_REQUESTS):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            if number % 2:
                writer.write(b"GET / HTTP/1.1\r\nHo")
        yield


@asynccontextmanager
async def half_bodies(bot: BotProcess, length: int, announced: bytes) -> AsyncIterator[None]:
    """Send bodies that may be Slack's, and keep their last bytes back."""
    address = urlsplit(bot.url)
    header = (
        b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"X-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%b\r\n%b\r\n"
    ) % (time.time(), b"0" * 64, announced % length)

    async def send() -> None:
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        stack.callback(writer.close)
        with suppress(ConnectionError):
            writer.write(header + b"x" * (length - 1))
            await writer.drain()

    async with AsyncExitStack() as stack:
        await asyncio.gather(*(send() for _ in range(BODIES)))
        yield


async def memory(bot: BotProcess, session: aiohttp.ClientSession) -> float:
    async with session.get(f"{bot.url}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    return next(each.samples[0].value for each in families if each.name == "process_resident_memory_bytes")


async def test_half_requests_stop_neither_the_bot_nor_fill_its_log_or_its_memory(
    tmp_path: Path, gateway: FakeCometAPI, discord: FakeDiscord, slack: FakeSlack
) -> None:
    given = {"cometapi_key": "sk-test", "cometapi_base_url": gateway.base_url, **settings(discord)}
    bot = BotProcess(tmp_path, {**given, **settings_for(slack, "http")}, descriptors=DESCRIPTORS)
    people = DiscordDriver(discord)
    async with bot, aiohttp.ClientSession() as session:
        async with half_requests(bot):
            async with session.get(f"{bot.url}/healthz") as answer:
                assert answer.status == 200
            await people.imagine("a paper boat")
            await people.wait_for(lambda seen: bool(seen.images))
        before = await memory(bot, session)
        for length, announced in FLOODS * 2:
            async with half_bodies(bot, length, announced):
                taken = [await memory(bot, session) - before for _ in range(LOOKS)]
                assert max(taken) < MOST_MORE_MEMORY
        await people.quota()
    said = bot.log().splitlines()
    assert len(said) <= LONGEST_LOG
    assert sum("512 connections are open" in line for line in said) == 1
