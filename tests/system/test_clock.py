"""The machine's clock is set while the bot runs: nobody waits longer, nobody is passed over, nothing is drawn twice."""

import asyncio

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, fails
from tests.fakes.discord_driver import discord_platform
from tests.support.builders import SetClock

HOUR, DAY = 3600.0, 86_400.0
SAID = "this machine's clock was set"


@pytest.mark.parametrize("step", [-HOUR, HOUR, -DAY], ids=["an hour back", "an hour on", "a day back"])
async def test_a_clock_that_is_set_makes_nobody_wait_and_draws_nothing_twice(
    start_bot: StartBot, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture, step: float
) -> None:
    clock = SetClock()
    async with discord_platform(start_bot, clock=clock, max_concurrent_jobs=1) as driver:
        gateway.will(fails(429, headers={"Retry-After": "1"}))
        gateway.hold()
        await driver.imagine("a paper boat")
        await gateway.arrived()
        await driver.imagine("a kite", user="grace")
        gateway.release()
        await driver.wait_for(lambda seen: "I'll try again" in seen.text)
        gateway.hold()
        clock.set(step)
        await driver.imagine("a latecomer", user="edsger")
        await gateway.arrived(2)
        async with asyncio.timeout(60):
            while SAID not in caplog.text:
                await asyncio.sleep(0.02)
        await asyncio.sleep(1)  # for the looks at the leases
        gateway.release()
        for prompt in ("a paper boat", "a kite", "a latecomer"):
            await driver.wait_for(lambda seen, prompt=prompt: prompt in seen.text and bool(seen.images))  # type: ignore[misc]
    prompts = [str(request.body["prompt"]) for request in gateway.requests]
    assert sorted(prompts) == ["a kite", "a latecomer", "a paper boat", "a paper boat"]
    assert prompts.index("a kite") < prompts.index("a latecomer")
    assert caplog.text.count(SAID) == 1
