"""What a result says on each platform: who asked for what, what it took, and the number that people call it by."""

import re
from collections.abc import AsyncIterator, Callable

import pytest

from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Driver, Seen
from tests.support.platforms import CHATS, PLATFORMS

NUMBER = re.compile(r"#([0-9A-F]{8})$")


@pytest.fixture(params=CHATS)
async def people(request: pytest.FixtureRequest, start_bot: StartBot) -> AsyncIterator[Driver]:
    platform, timings = PLATFORMS[request.param], Timings(progress=0.01)
    async with platform(start_bot, timings=timings, max_concurrent_jobs=1) as driver:
        yield driver


def says(words: str) -> Callable[[Seen], bool]:
    return lambda seen: words in seen.text


async def test_the_last_line_says_model_size_seconds_price_and_number(people: Driver) -> None:
    prompt = "boat " * 90
    await people.imagine(f"{prompt} --model dall-e-3 --size square")
    boat = await people.wait_for(lambda seen: bool(seen.images))
    first, *_, last = boat.text.splitlines()
    assert prompt[:399].rstrip() in first
    assert prompt[:402] not in first
    assert re.fullmatch(r"dall-e-3 · square → 1024x1024 · \d+ s · about \$0\.\d+ · #[0-9A-F]{8}", last)


async def test_it_is_said_how_many_of_several_images_are_made(people: Driver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("boats --n 3 --model dall-e-3")
    drawing = await people.wait_for(lambda seen: "0 of 3 made" in seen.text and "Stop" in seen.buttons)
    number = NUMBER.search(drawing.text)
    for made in (1, 2):
        await gateway.arrived(made)
        gateway.release()
        gateway.hold()
        await people.wait_for(says(f"{made} of 3 made"))
    gateway.release()
    drawn = await people.wait_for(lambda seen: len(seen.images) == 3)
    assert "made" not in drawn.text
    assert number
    assert drawn.text.endswith(number[0])
