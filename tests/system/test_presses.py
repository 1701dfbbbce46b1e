"""Buttons, pressed twice, too late, or by somebody else."""

import asyncio
from collections.abc import Callable

from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord_driver import DiscordDriver, discord_platform
from tests.fakes.discord_payloads import ADMINISTRATOR
from tests.fakes.driver import Seen

OFTEN = Timings(queue_updates=0.3)


def says(words: str) -> Callable[[Seen], bool]:
    return lambda seen: words in seen.text


async def test_two_presses_of_one_button_are_one(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with discord_platform(start_bot) as driver:
        await driver.imagine("a paper boat")
        boat = await driver.wait_for(lambda seen: bool(seen.images))
        await asyncio.gather(driver.press(boat, "Again"), driver.press(boat, "Again"))
        await driver.wait_for(lambda seen: bool(seen.images) and seen.id != boat.id)
        await driver.quota()
        await driver.wait_for(says("(2 used)"))
        assert len([seen for seen in driver.seen() if seen.images]) == 2
        assert len(gateway.requests) == 2


async def test_two_people_pressing_one_button_are_two(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with discord_platform(start_bot) as driver:
        await driver.imagine("a paper boat")
        boat = await driver.wait_for(lambda seen: bool(seen.images))
        await asyncio.gather(driver.press(boat, "Again"), driver.press(boat, "Again", user="grace"))
        await driver.discord.until(lambda: len([seen for seen in driver.seen() if seen.images]) == 3)
        assert len(gateway.requests) == 3


async def test_only_the_asker_or_an_admin_may_cancel(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a paper boat")
        drawing = await driver.wait_for(lambda seen: "Stop" in seen.buttons)
        await driver.press(drawing, "Stop", user="grace")
        refusal = await driver.wait_for(says("Only the person who asked"), user="grace")
        assert refusal.private
        await press_as_admin(driver, drawing, "Stop")
        await driver.wait_for(says("had already been sent"))


async def test_a_late_press_is_answered_kindly(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a paper boat")
        drawing = await driver.wait_for(lambda seen: "Stop" in seen.buttons)
        late = driver.discord.pressed(driver.discord.world.messages[drawing.id], "Stop")
        gateway.release()
        await driver.wait_for(lambda seen: bool(seen.images))
        await driver.discord.answered(await driver.discord.send(late))
        answer = await driver.wait_for(says("Too late"))
        assert answer.private
        await driver.quota()
        await driver.wait_for(says("(1 used)"))


async def test_those_who_wait_are_told_that_they_moved_up(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with discord_platform(start_bot, max_concurrent_jobs=1, timings=OFTEN) as driver:
        gateway.hold()
        await driver.imagine("drawn first")
        await gateway.arrived()
        for person in ("grace", "edsger", "barbara"):
            await driver.imagine(f"a boat for {person}", user=person)
        waiting = await driver.wait_for(says("Number 3"), user="barbara")
        first = await driver.wait_for(says("Next in the queue"), user="grace")
        await driver.press(first, "Cancel", user="grace")
        moved = await driver.wait_for(lambda seen: "barbara" in seen.text and "Number 2" in seen.text)
        assert moved.id == waiting.id


async def press_as_admin(driver: DiscordDriver, message: Seen, label: str) -> None:
    discord = driver.discord
    pressed = await discord.press(discord.world.messages[message.id], label, person="ken", rights=ADMINISTRATOR)
    await discord.answered(pressed)
