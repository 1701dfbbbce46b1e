"""Storage that is locked, full or away: a command is refused with a sentence, and what was accepted is not lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord_driver import discord_platform
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
            refusal = await driver.wait_for(lambda seen: "The bot is busy" in seen.text)
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
            await driver.wait_for(lambda seen: "The bot is busy" in seen.text)
        await driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
        assert len(gateway.requests) == 1


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
