"""Two processes with one token and one database: one job, one answer, and each takes over from the other."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Seen
from tests.support.process import BotProcess
from tests.support.zygote import COMMAND_LINE

NOTICED = 9.0
"""Within this, a lock that is no longer held tells of a death; a lease lasts for 15 s."""
# A key each tells at the gateway whose request it is.
KEYS = ("sk-one", "sk-other")


@asynccontextmanager
async def replicas(
    folder: Path, gateway: FakeCometAPI, discord: FakeDiscord, module: str = COMMAND_LINE
) -> AsyncIterator[list[BotProcess]]:
    """Run two bots on one database; both receive every interaction, as two connections of one shard do."""
    given = {"cometapi_base_url": gateway.base_url, **settings(discord)}
    bots = [BotProcess(folder, {**given, "cometapi_key": key}, module=module) for key in KEYS]
    try:
        await asyncio.gather(*(bot.start() for bot in bots))
        yield bots
    finally:
        for bot in bots:
            bot.kill()
            await bot.ended()


async def test_both_see_a_command_and_one_answers(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord, replicas(tmp_path, gateway, discord):
        driver = DiscordDriver(discord)
        for number in range(5):
            await driver.imagine(f"boat {number}", user=f"person {number}")
        for number in range(5):
            drawn = await driver.wait_for(lambda seen: bool(seen.images), user=f"person {number}")
            await driver.press(drawn, "Again", user=f"person {number}")
        await discord.until(lambda: len(gateway.requests) == 10 and len(images(driver)) == 10)
        assert len(driver.seen(user="nobody")) == 10


async def test_the_living_take_over_from_the_dead_at_once(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord, replicas(tmp_path, gateway, discord) as bots:
        driver = DiscordDriver(discord)
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        drawing = the_one_that_draws(bots, gateway)
        drawing.kill()
        await drawing.ended()
        gateway.release()
        lost = await driver.wait_for(lambda seen: "restarted while" in seen.text, seconds=NOTICED)
        assert "Again" in lost.buttons
        assert len(gateway.requests) == 1
        await driver.press(lost, "Again")
        await driver.wait_for(lambda seen: bool(seen.images))


@pytest.mark.long
async def test_a_frozen_process_loses_its_lease_and_does_no_harm_when_it_wakes(
    tmp_path: Path, gateway: FakeCometAPI
) -> None:
    # How long a lease lasts by default is held in tests/storage/ledger/test_takeover.py; here it is a few seconds.
    async with FakeDiscord() as discord, replicas(tmp_path, gateway, discord, "tests.chaos.process") as bots:
        driver = DiscordDriver(discord)
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        frozen = the_one_that_draws(bots, gateway)
        frozen.send(signal.SIGSTOP)
        gateway.release()
        await driver.wait_for(lambda seen: "restarted while" in seen.text)
        frozen.send(signal.SIGCONT)
        await driver.quota()
        await driver.wait_for(lambda seen: "(0 used)" in seen.text)
        await asyncio.sleep(2)
        assert not images(driver)
        assert len(gateway.requests) == 1


def images(driver: DiscordDriver) -> list[Seen]:
    return [seen for seen in driver.seen() if seen.images]


def the_one_that_draws(bots: list[BotProcess], gateway: FakeCometAPI) -> BotProcess:
    key = gateway.requests[-1].headers["Authorization"].removeprefix("Bearer ")
    return bots[KEYS.index(key)]
