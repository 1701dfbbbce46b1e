"""SIGTERM: nothing new is taken, what runs may end, the rest is left to the next process."""

import asyncio
import signal
from pathlib import Path

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.support.process import BotProcess


def bot_between(folder: Path, gateway: FakeCometAPI, discord: FakeDiscord, grace: float) -> BotProcess:
    given = {"cometapi_key": "sk-test", "cometapi_base_url": gateway.base_url, "max_concurrent_jobs": 1}
    return BotProcess(folder, {**given, **settings(discord), "shutdown_grace": grace})


async def test_running_jobs_may_end_and_newcomers_are_told(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord:
        bot, driver = bot_between(tmp_path, gateway, discord, grace=20), DiscordDriver(discord)
        await bot.start()
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        await driver.imagine("waiting", user="grace")
        bot.send(signal.SIGTERM)
        await asyncio.sleep(0.3)  # a signal has no answer to wait for
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


async def test_what_does_not_end_in_time_is_told_after_the_restart(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord:
        bot, driver = bot_between(tmp_path, gateway, discord, grace=0.5), DiscordDriver(discord)
        await bot.start()
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        assert await bot.stop() == 0
        await bot.start()
        await driver.wait_for(lambda seen: "restarted while" in seen.text)
        assert len(gateway.requests) == 1
        assert await bot.stop() == 0
