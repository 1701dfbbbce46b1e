"""SIGTERM: no new job is taken, running ones may end, and the rest is left to the next process."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli.assembly import running
from bot.cli.opening import open_stores
from bot.cli.timings import Timings
from bot.core.queue import Claimed
from bot.settings import Settings
from storage import Storage
from storage.database.engines import sqlite_file
from storage.ledger.repository import SqlJobRepository
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Seen
from tests.support.process import BotProcess
from tests.support.sqlite import sent_in


@asynccontextmanager
async def drawing(
    folder: Path, gateway: FakeCometAPI, grace: float, prompt: str = "a paper boat"
) -> AsyncIterator[tuple[BotProcess, DiscordDriver]]:
    """Run a bot whose request is at the gateway, which answers once it is released."""
    given = {"cometapi_key": "sk-test", "cometapi_base_url": gateway.base_url, "max_concurrent_jobs": 1}
    async with (
        FakeDiscord() as discord,
        BotProcess(folder, {**given, **settings(discord), "shutdown_grace": grace}) as bot,
    ):
        driver = DiscordDriver(discord)
        gateway.hold()
        await driver.imagine(prompt)
        await gateway.arrived()
        yield bot, driver


async def asked_to_end(bot: BotProcess, number: signal.Signals) -> str:
    """Send a signal, and return what the bot says to it after what it said at its start."""
    assert (await bot.said()).startswith("Discord: ")
    bot.send(number)
    said = await bot.said()
    assert said.startswith("Stopping")
    return said


async def restarted_and_told(bot: BotProcess, driver: DiscordDriver, gateway: FakeCometAPI) -> None:
    await bot.start()
    await driver.wait_for(lambda seen: "restarted while" in seen.text)
    assert len(gateway.requests) == 1
    assert await bot.stop() == 0


async def test_running_jobs_may_end_and_newcomers_are_told(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with drawing(tmp_path, gateway, grace=20) as (bot, driver):
        await driver.imagine("waiting", user="grace")
        await asked_to_end(bot, signal.SIGTERM)
        await driver.imagine("too late", user="edsger")
        refusal = await driver.wait_for(lambda seen: "restarting" in seen.text, user="edsger")
        assert refusal.private
        gateway.release()
        await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
        assert await bot.ended() == 0
        assert len(gateway.requests) == 1

        await bot.start()
        await driver.wait_for(lambda seen: "waiting" in seen.text and bool(seen.images))
        assert len(gateway.requests) == 2
        assert await bot.stop() == 0
        assert "Traceback" not in bot.log()


async def test_a_bot_that_stops_sends_no_further_request_and_the_next_process_draws_the_rest(
    tmp_path: Path, gateway: FakeCometAPI
) -> None:
    async with drawing(tmp_path, gateway, grace=20, prompt="boats --n 3") as (bot, driver):
        await asked_to_end(bot, signal.SIGTERM)
        gateway.release()
        assert await bot.ended() == 0
        assert len(gateway.requests) == 1
        waiting = await driver.wait_for(lambda seen: "boats" in seen.text and "in the queue" in seen.text)
        assert waiting.buttons == ["Cancel"]

        await bot.start()
        await driver.wait_for(lambda seen: "boats" in seen.text and len(seen.images) == 3)
        assert len(gateway.requests) == 3
        assert await bot.stop() == 0


async def test_what_does_not_end_in_time_is_told_after_the_restart(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with drawing(tmp_path, gateway, grace=0.5) as (bot, driver):
        assert await bot.stop() == 0
        await restarted_and_told(bot, driver, gateway)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
async def test_after_any_signal_to_end_the_image_that_is_being_drawn_is_not_lost(
    tmp_path: Path, gateway: FakeCometAPI, number: signal.Signals
) -> None:
    async with drawing(tmp_path, gateway, grace=20) as (bot, driver):
        said = await asked_to_end(bot, number)
        assert said == "Stopping: waiting for 1 job, for up to 20 s. Press Ctrl-C again to end at once."
        gateway.release()
        await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
        assert await bot.ended() == 0


async def test_a_second_ctrl_c_ends_it_at_once(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with drawing(tmp_path, gateway, grace=60) as (bot, driver):
        await asked_to_end(bot, signal.SIGINT)
        bot.send(signal.SIGINT)
        async with asyncio.timeout(60):
            assert await bot.ended() == -signal.SIGINT
        await restarted_and_told(bot, driver, gateway)


class _SlowSecondStart:
    """A ledger that says only when it `may` that the second job has begun."""

    def __init__(self, jobs: SqlJobRepository) -> None:
        self._jobs, self._started = jobs, 0
        self.second, self.may = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._jobs, name)

    async def begin(self, *given: Any, **more: Any) -> Claimed | None:
        return await self._late(await self._jobs.begin(*given, **more))

    async def claim(self, *given: Any, **more: Any) -> Claimed | None:
        return await self._late(await self._jobs.claim(*given, **more))

    async def _late(self, claimed: Claimed | None) -> Claimed | None:
        if claimed is not None:
            self._started += 1
            if self._started == 2:
                self.second.set()
                await self.may.wait()
        return claimed


@asynccontextmanager
async def second_about_to_start(
    given: Settings, driver: DiscordDriver, gateway: FakeCometAPI
) -> AsyncIterator[tuple[Seen, asyncio.Event]]:
    """Run the bot until the ledger has begun *a kite*; yield that job's message, and what lets the bot be told."""
    ledgers: list[_SlowSecondStart] = []

    @asynccontextmanager
    async def slow_stores(given: Settings, timings: Timings) -> AsyncIterator[Storage]:
        async with open_stores(given, timings) as stores:
            ledgers.append(_SlowSecondStart(stores.jobs))
            slow: Any = ledgers[0]
            yield replace(stores, jobs=slow)

    async with running(given, stores=slow_stores) as bot:
        while not await bot.ready():
            await asyncio.sleep(0.02)
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        await driver.imagine("a kite", user="grace")
        kite = await driver.wait_for(lambda seen: "a kite" in seen.text, user="grace")
        if given.max_concurrent_jobs == 1:  # it waits
            gateway.release()
        await asyncio.wait_for(ledgers[0].second.wait(), 60)
        yield kite, ledgers[0].may


@pytest.mark.parametrize("places", [1, 2], ids=["claimed", "begun at once"])
async def test_what_is_stopped_before_its_request_left_is_not_sent_and_counts_for_nothing(
    bot_settings: BotSettings, gateway: FakeCometAPI, places: int
) -> None:
    async with FakeDiscord() as discord:
        driver = DiscordDriver(discord)
        given = bot_settings(**settings(discord), max_concurrent_jobs=places)
        async with second_about_to_start(given, driver, gateway) as (kite, _):
            await driver.press(kite, "Cancel", user="grace")
            await driver.wait_for(lambda seen: "Stopped" in seen.text, user="grace")
            gateway.release()
            await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
    assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat"]
    file = sqlite_file(given.database_url)
    assert file
    assert sent_in(file) == [1, 0]


@pytest.mark.parametrize("places", [1, 2], ids=["claimed", "begun at once"])
async def test_what_would_start_while_the_bot_stops_is_left_to_the_next_process(
    bot_settings: BotSettings, start_bot: StartBot, gateway: FakeCometAPI, places: int
) -> None:
    async with FakeDiscord() as discord:
        driver = DiscordDriver(discord)
        given = bot_settings(**settings(discord), shutdown_grace=60, max_concurrent_jobs=places)
        async with second_about_to_start(given, driver, gateway) as (_, may_be_told):

            def go_on() -> None:
                may_be_told.set()
                gateway.release()

            asyncio.get_running_loop().call_later(0.5, go_on)  # the bot is stopping by then
        assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat"]
        async with start_bot(**settings(discord)):
            await driver.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images), user="grace")
        assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat", "a kite"]
