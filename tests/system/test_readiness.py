"""Ready means that the bot can do the whole of its work, writing included. What it could not keep, it doesn't buy."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_driver import WebDriver
from tests.support import trouble

# SQLite waits for four fifths of the database's time for a lock: what is left is to be enough for it to say so.
QUICK = Timings(database=5, probe=0.2, retry=0.05)


async def until_ready(url: str, ready: bool) -> Mapping[str, Any]:
    """Wait until the bot says that it is ready, or that it isn't, and return its reasons."""
    async with asyncio.timeout(60), aiohttp.ClientSession(url) as session:
        while True:
            async with session.get("/readyz") as response:
                said: Mapping[str, Any] = await response.json()
            if (response.status == 200) == ready:
                return said
            await asyncio.sleep(0.05)


@asynccontextmanager
async def playground(start_bot: StartBot) -> AsyncIterator[tuple[str, WebDriver]]:
    async with start_bot(playground=True, timings=QUICK) as bot, AsyncExitStack() as stack:
        yield bot.url, WebDriver(bot.opened_at["web"], stack)


def full(_: Path) -> AbstractContextManager[None]:
    return trouble.no_bytes(beyond=512)  # the image store's probe is shorter, and any page of a database longer


DATABASES: Mapping[str, tuple[Callable[[Path], AbstractContextManager[None]], str]] = {
    "locked": (trouble.locked, "database is locked"),
    "full": (full, "disk I/O error"),
    "damaged": (trouble.damaged, "malformed"),
    "without tables": (trouble.without_tables, "no such table"),
}


@pytest.mark.parametrize("state", DATABASES)
async def test_a_database_that_takes_no_writes_is_said_once_a_minute_and_makes_the_bot_unready(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    make, cause = DATABASES[state]
    path = tmp_path / "imagine.db"
    async with playground(start_bot) as (url, people):
        with make(path):
            while "database" not in (said := await until_ready(url, ready=False))["trouble"]:
                await asyncio.sleep(0.05)
            assert cause in said["trouble"]["database"]
            assert said["database"] is False
            await people.imagine("a boat")
            await people.wait_for(lambda seen: "I'm busy" in seen.text)
            await asyncio.sleep(2 * QUICK.probe)
            await until_ready(url, ready=False)
        await until_ready(url, ready=True)
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    (error,) = errors
    assert f"The database {path} failed: " in error
    assert gateway.requests == []


async def test_nothing_is_bought_while_images_can_not_be_stored(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with playground(start_bot) as (url, people):
        with trouble.no_room(tmp_path / "images"):
            said = await until_ready(url, ready=False)
            assert str(tmp_path / "images") in said["trouble"]["images"]
            assert said["database"] is True
            await asyncio.sleep(QUICK.probe)
            await people.imagine("a boat")
            await people.wait_for(lambda seen: "I can't store images right now" in seen.text)
        await until_ready(url, ready=True)
        assert gateway.requests == []
        await people.imagine("a kite")
        await people.wait_for(lambda seen: bool(seen.images))
    errors = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(errors) == 1, errors


async def test_images_in_hand_wait_and_no_more_are_bought(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    """As many as were on their way when the image store failed are drawn; all are shown once it is back."""
    async with playground(start_bot) as (url, people):
        gateway.hold()
        await people.imagine("a boat --n 3")
        await gateway.arrived(3)
        with trouble.no_room(tmp_path / "images"):
            gateway.release()
            await until_ready(url, ready=False)
            await people.imagine("a kite")
            await asyncio.sleep(2 * QUICK.probe)
            assert len(gateway.requests) == 3
        await people.wait_for(lambda seen: len(seen.images) == 3)
    assert [request.body["prompt"] for request in gateway.requests].count("a boat") == 3
