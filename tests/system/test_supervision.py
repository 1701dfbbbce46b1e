"""Nothing dies unseen: every loop outlives any error, is missed while it fails, and goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.cli.assembly import running
from bot.cli.opening import open_stores
from bot.cli.timings import Timings
from bot.core.errors import StorageError
from bot.settings import Settings
from storage import Storage
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.driver import Seen
from tests.fakes.web_driver import WebDriver

TIMINGS = Timings(renewal=0.3, recovery=0.3, queue_updates=0.3, figures=0)
# What each loop asks storage for first, in every round.
ASKS = {
    "claiming jobs": "jobs.claim",
    "renewing leases": "jobs.renew",
    "taking over from the dead": "jobs.take_over",
    "telling those who moved up": "jobs.queue_positions",
    "deleting old images": "images.jobs",
    "looking for recovery": "jobs.gateway_down",
}
KINDS = [StorageError("away"), ValueError("odd"), KeyError("gone"), asyncio.CancelledError()]


class Trouble:
    """A storage whose operations may fail. It counts the ones that didn't."""

    def __init__(self) -> None:
        self.failures: dict[str, BaseException] = {}
        self.once = True
        self.failed: set[str] = set()
        self.worked: set[str] = set()

    def before(self, asked: str) -> None:
        if failure := self.failures.pop(asked, None) if self.once else self.failures.get(asked):
            self.failed.add(asked)
            raise failure
        self.worked.add(asked)

    @asynccontextmanager
    async def open_stores(self, settings: Settings, timings: Timings) -> AsyncIterator[Storage]:
        """Open the real stores, and stand before them."""
        async with open_stores(settings, timings) as stores:
            jobs: Any = _Before("jobs", stores.jobs, self)
            images: Any = _Before("images", stores.images, self)
            yield replace(stores, jobs=jobs, images=images)


class _Before:
    def __init__(self, name: str, real: object, trouble: Trouble) -> None:
        self._name, self._real, self._trouble = name, real, trouble

    def __getattr__(self, method: str) -> object:
        real = getattr(self._real, method)
        if f"{self._name}.{method}" not in ASKS.values():
            return real

        async def call(*arguments: object, **named: object) -> object:
            self._trouble.before(f"{self._name}.{method}")
            return await real(*arguments, **named)

        return call


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: prompt in seen.text and bool(seen.images)


async def readiness(url: str, query: str = "") -> tuple[int, Mapping[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz{query}") as response:
        return response.status, await response.json()


@pytest.mark.parametrize("failure", KINDS, ids=lambda failure: type(failure).__name__)
async def test_every_loop_goes_on_after_a_failure_of_any_kind(
    bot_settings: BotSettings, gateway: FakeCometAPI, failure: BaseException
) -> None:
    trouble = Trouble()
    async with AsyncExitStack() as stack:
        settings = bot_settings(playground=True, max_concurrent_jobs=1)
        bot = await stack.enter_async_context(running(settings, TIMINGS, stores=trouble.open_stores))
        driver = WebDriver(bot.opened_at["web"], stack)
        gateway.hold()
        for prompt in ("a boat", "a kite", "a lamp"):  # the third waits, and is told of its place
            await driver.imagine(prompt)
        trouble.worked.clear()
        trouble.failures = dict.fromkeys(ASKS.values(), failure)
        del trouble.failures["images.jobs"]  # its next round is hours away; it has a test of its own
        async with asyncio.timeout(60):
            while trouble.failures:
                await asyncio.sleep(0.01)
        trouble.worked.clear()
        async with asyncio.timeout(60):
            while not trouble.worked >= trouble.failed:
                await asyncio.sleep(0.01)
        gateway.release()
        for prompt in ("a boat", "a kite", "a lamp"):
            await driver.wait_for(drawn(prompt))


@pytest.mark.parametrize("failure", KINDS, ids=lambda failure: type(failure).__name__)
async def test_housekeeping_goes_on_after_a_failure_at_the_start(
    bot_settings: BotSettings, failure: BaseException
) -> None:
    trouble = Trouble()
    trouble.failures = {"images.jobs": failure}
    async with running(bot_settings(playground=True), TIMINGS, stores=trouble.open_stores), asyncio.timeout(60):
        while "images.jobs" not in trouble.worked:
            await asyncio.sleep(0.01)
    assert "images.jobs" in trouble.failed


@pytest.mark.parametrize("loop", ["claiming jobs", "renewing leases", "taking over from the dead"])
async def test_a_loop_that_fails_is_missed_until_it_works(bot_settings: BotSettings, loop: str) -> None:
    trouble = Trouble()
    trouble.once = False
    async with running(bot_settings(playground=True), TIMINGS, stores=trouble.open_stores) as bot:
        while not await bot.ready():
            await asyncio.sleep(0.01)
        trouble.failures = {ASKS[loop]: ValueError("odd")}
        status = 200
        async with asyncio.timeout(60):
            while status == 200:
                status, said = await readiness(bot.url)
        assert status == 503
        assert not said["ready"]
        assert list(said["failing"]) == [loop]
        assert "ValueError" in said["failing"][loop]
        assert "odd" not in str(said)
        assert f'imagine_loop_up{{loop="{loop}"}} 0.0' in await metrics(bot.url)
        trouble.failures = {}
        async with asyncio.timeout(60):
            while (await readiness(bot.url))[0] != 200:
                await asyncio.sleep(0.05)
        assert f'imagine_loop_up{{loop="{loop}"}} 1.0' in await metrics(bot.url)


async def test_a_loop_that_tidies_up_is_named_while_it_fails_and_takes_nothing_out_of_service(
    bot_settings: BotSettings,
) -> None:
    trouble = Trouble()
    trouble.once, trouble.failures = False, {"images.jobs": ValueError("odd")}
    async with running(bot_settings(playground=True), TIMINGS, stores=trouble.open_stores) as bot, asyncio.timeout(60):
        while "failing" not in (said := await readiness(bot.url))[1]:
            await asyncio.sleep(0.02)
    assert said[0] == 200
    assert list(said[1]["failing"]) == ["deleting old images"]


async def test_a_platform_that_is_away_is_named_and_leaves_the_others_in_service(start_bot: StartBot) -> None:
    async with (
        FakeDiscord() as discord,
        start_bot(
            wait=False,
            playground=True,
            DISCORD_TOKEN=f"not-{discord.token}",
            DISCORD_API_URL=discord.api_url,
            DISCORD_GATEWAY_URL=discord.gateway_url,
        ) as bot,
        asyncio.timeout(60),
    ):
        while "DISCORD_TOKEN" not in str((said := await readiness(bot.url))[1].get("unready")):
            await asyncio.sleep(0.02)
        assert said[0] == 200
        assert said[1]["ready"]
        assert said[1]["platforms"] == {"discord": False, "web": True}
        assert list(said[1]["unready"]) == ["discord"]
        assert not await bot.ready()
        status, every = await readiness(bot.url, "?all")
        assert status == 503
        assert not every["ready"]
        assert list(every["unready"]) == ["discord"]


async def metrics(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
        assert response.status == 200
        return await response.text()


async def test_every_loop_is_measured(bot_settings: BotSettings) -> None:
    async with running(bot_settings(playground=True), TIMINGS) as bot:
        text = await metrics(bot.url)
    for loop in (*ASKS, "refreshing the list of models"):
        assert f'imagine_loop_up{{loop="{loop}"}} 1.0' in text
