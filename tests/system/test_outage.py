"""A short outage of the gateway costs no more than what was in flight, and waiting people read what they wait for."""

import asyncio
from typing import Any

import pytest

from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says, fails
from tests.fakes.driver import Seen
from tests.fakes.web_driver import WebDriver, web_platform

AT_ONCE = 8
WAITING = 12
QUICK = Timings(outage=0.3, queue_updates=0.2, retry=0.05)
LIMITS: dict[str, Any] = {"max_open_jobs_per_user": 60, "quota_images": 100, "max_concurrent_jobs": AT_ONCE}

BUSY = fails(503, "", "the service is temporarily unavailable")
FAILED = fails(500, "do_request_failed", "it failed")
PAGE = Says(status=502, body="<html><title>502 Bad Gateway</title></html>", headers={"Content-Type": "text/html"})


def says(words: str, seen: Seen) -> bool:
    return words in seen.text


async def ended(driver: WebDriver, count: int) -> list[Seen]:
    """Wait until so many jobs have ended, and return their messages."""
    person = await driver.person("ada")
    async with asyncio.timeout(60):
        while True:
            await person.refresh()
            done = [seen for seen in driver.seen() if "Again" in seen.buttons]
            if len(done) >= count:
                return done
            await asyncio.sleep(0.2)  # each look asks for every job


@pytest.mark.parametrize("answer", [BUSY, FAILED, PAGE])
async def test_a_short_outage_costs_no_more_than_what_was_in_flight(
    start_bot: StartBot, gateway: FakeCometAPI, answer: Says
) -> None:
    async with web_platform(start_bot, timings=QUICK, **LIMITS) as driver:
        gateway.hold()
        for number in range(AT_ONCE + WAITING):
            await driver.imagine(f"boat {number}")
        await gateway.arrived(AT_ONCE)
        failing = iter([answer] * (AT_ONCE + 1))  # the first try fails, too
        gateway.choose = lambda body: next(failing, None)
        gateway.release()
        done = await ended(driver, AT_ONCE + WAITING)
        lost = [seen for seen in done if not seen.images]
        assert AT_ONCE <= len(lost) <= 1.5 * AT_ONCE
        await driver.quota()
        await driver.wait_for(lambda seen: f"{len(done) - len(lost)} used" in seen.text)


async def test_a_gateway_that_cannot_be_reached_for_a_while_costs_nothing(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, timings=QUICK, **LIMITS) as driver:
        await gateway.vanish()
        for number in range(12):
            await driver.imagine(f"boat {number}")
        newcomer = await driver.wait_for(lambda seen: says("The image service has trouble; I'll try it again", seen))
        assert "Cancel" in newcomer.buttons
        async with (await driver.person("ada")).session.get("/readyz") as response:
            assert (await response.json())["gateway"] == "failing: not_connected"
        await asyncio.sleep(1)
        await gateway.appear()
        assert all(seen.images for seen in await ended(driver, 12))
        assert len(gateway.requests) == 12


async def test_what_waits_too_long_for_the_gateway_is_told_and_free(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    timings = Timings(outage=0.3, queue_updates=0.2, retry=0.05, given_up=1.0)
    async with web_platform(start_bot, timings=timings, **LIMITS) as driver:
        await gateway.vanish()
        for number in range(4):
            await driver.imagine(f"boat {number}")
        told = await ended(driver, 4)
        assert all("I couldn't reach the image service" in seen.text for seen in told)
        assert all("Nothing was charged" in seen.text for seen in told)
        assert gateway.requests == []


async def test_a_refusal_between_failures_shows_that_the_gateway_works(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, **LIMITS) as driver:
        refusal = fails(400, "moderation_blocked")
        for number, answer in enumerate([FAILED, FAILED, refusal, FAILED, FAILED]):
            gateway.will(answer)
            await driver.imagine(f"boat {number}")
            await ended(driver, number + 1)
        await driver.imagine("the last boat")
        await driver.wait_for(lambda seen: bool(seen.images))


async def test_one_prompt_that_the_gateway_cannot_bear_pauses_it_for_nobody(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, timings=Timings(outage=60), **LIMITS) as driver:
        gateway.will(*[FAILED] * 6)
        for number, prompt in enumerate(["a boat that breaks it", "A boat that  breaks it", "A BOAT that breaks it"]):
            await driver.imagine(f"{prompt} --n 2")
            await ended(driver, number + 1)
        await driver.imagine("another boat")
        await driver.wait_for(lambda seen: bool(seen.images))
