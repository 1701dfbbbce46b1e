"""Storage that is locked, full or away: a command is refused with a sentence, and no accepted job is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli.assembly import running
from bot.cli.opening import open_stores
from bot.cli.timings import Timings
from bot.core.errors import StorageError
from bot.core.origin import Address
from bot.settings import Settings
from storage import Storage
from storage.ledger.repository import SqlJobRepository
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI, fails
from tests.fakes.discord_driver import discord_platform
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.support.pictures import stored
from tests.support.sqlite import statuses
from tests.support.trouble import no_room


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other connection from writing."""
    other = sqlite3.connect(folder / "imagine.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_a_locked_database_refuses_in_time_and_keeps_nothing(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with discord_platform(start_bot) as driver:
        with locked(tmp_path):
            await driver.imagine("a paper boat")
            refusal = await driver.wait_for(lambda seen: "I'm busy" in seen.text)
            assert refusal.private
        await driver.imagine("a kite")
        await driver.wait_for(lambda seen: bool(seen.images))
        await driver.quota()
        await driver.wait_for(lambda seen: "(1 used)" in seen.text)
        assert [request.body["prompt"] for request in gateway.requests] == ["a kite"]


async def test_a_database_locked_while_drawing_loses_no_image(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        with locked(tmp_path):
            gateway.release()
            await driver.imagine("a kite")
            await driver.wait_for(lambda seen: "I'm busy" in seen.text)
        await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
        assert len(gateway.requests) == 1


async def test_a_database_locked_while_a_job_is_to_be_claimed_leaves_no_traceback(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.will(fails(429, headers={"Retry-After": "2"}))
    async with discord_platform(start_bot, timings=Timings(database=2)) as driver:
        await driver.imagine("a paper boat")
        await driver.wait_for(lambda seen: "I'll try again" in seen.text)
        while statuses(tmp_path / "imagine.db") != ["queued"]:
            await asyncio.sleep(0.02)
        with locked(tmp_path):
            async with asyncio.timeout(60):
                while "Another program" not in caplog.text and "did not answer within" not in caplog.text:
                    await asyncio.sleep(0.02)
        await driver.wait_for(lambda seen: bool(seen.images))
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_an_image_is_worked_on_after_the_command_that_is_being_accepted(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with discord_platform(start_bot, timings=Timings(gives_way=20)) as driver:
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        with locked(tmp_path):
            asking = asyncio.create_task(driver.imagine("a kite"))
            for _ in range(20):  # turns of the event loop, in which the command arrives
                await asyncio.sleep(0.005)
            gateway.release()
            await asyncio.sleep(0.3)
            assert not stored(tmp_path)
        await asking
        await driver.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images))
        await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))


async def test_an_image_store_that_is_away_for_a_while_loses_no_image(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        with no_room(tmp_path / "images"):
            gateway.release()
            await driver.wait_for(lambda seen: "Stop" in seen.buttons)
            await driver.quota()
            await driver.wait_for(lambda seen: "1 on the way" in seen.text)
        await driver.wait_for(lambda seen: bool(seen.images))
        assert len(gateway.requests) == 1


class _WithoutConfirm:
    """A ledger that can't keep where a queued reply is seen."""

    def __init__(self, jobs: SqlJobRepository) -> None:
        self._jobs = jobs

    def __getattr__(self, name: str) -> object:
        return getattr(self._jobs, name)

    async def confirm(self, job_id: str, address: Address) -> None:
        raise StorageError("locked")

    async def begin(self, *_: object, **__: object) -> None:
        raise StorageError("locked")


@asynccontextmanager
async def stores_without_confirm(settings: Settings, timings: Timings) -> AsyncIterator[Storage]:
    async with open_stores(settings, timings) as stores:
        jobs: Any = _WithoutConfirm(stores.jobs)
        yield replace(stores, jobs=jobs)


async def test_a_job_cancelled_before_its_message_is_kept_changes_that_message(
    bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    async with FakeSlack() as slack:
        settings = bot_settings(**settings_for(slack, "socket"), max_concurrent_jobs=1)
        async with running(settings, stores=stores_without_confirm) as bot:
            while not await bot.ready():
                await asyncio.sleep(0.02)
            people = SlackDriver(slack)
            await people.imagine("a paper boat")
            queued = await people.wait_for(lambda seen: "a paper boat" in seen.text)
            await people.press(queued, "Cancel")
            cancelled = await people.wait_for(lambda seen: "Cancelled while waiting" in seen.text)
            assert [seen.id for seen in people.seen() if "a paper boat" in seen.text] == [queued.id] == [cancelled.id]
            assert gateway.requests == []
