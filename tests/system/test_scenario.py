"""One story, told on every platform with the same core: command, queue, image, again, edit, quota, history."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Driver, Seen
from tests.support.platforms import PLATFORMS


@pytest.fixture(params=PLATFORMS)
async def driver(request: pytest.FixtureRequest, start_bot: StartBot) -> AsyncIterator[Driver]:
    platform: Callable[..., AbstractAsyncContextManager[Driver]] = PLATFORMS[request.param]
    async with platform(start_bot, quota_images=4, max_concurrent_jobs=1) as driver:
        yield driver


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.images) and prompt in seen.text and not seen.private


def says(words: str) -> Callable[[Seen], bool]:
    return lambda seen: words in seen.text


async def test_the_whole_story(driver: Driver, gateway: FakeCometAPI) -> None:
    # Command, queue, image
    gateway.hold()
    await driver.imagine("a paper boat --size landscape")
    await driver.wait_for(says("Drawing"))
    await driver.imagine("a lighthouse", user="grace")
    waiting = await driver.wait_for(says("in the queue"), user="grace")
    assert "Cancel" in waiting.buttons
    gateway.release()
    boat = await driver.wait_for(drawn("a paper boat"))
    assert len(boat.images) == 1
    assert "a paper boat" in boat.alts[0]
    assert {"Again", "Edit prompt"} <= set(boat.buttons)
    await driver.wait_for(drawn("a lighthouse"), user="grace")
    assert gateway.requests[0].body["size"] == "1792x1024"

    # Again, and with another prompt
    before = len(driver.seen())
    await driver.press(boat, "Again")
    await driver.wait_for(lambda seen: drawn("a paper boat")(seen) and seen.id != boat.id)
    assert len(driver.seen()) == before + 1
    await driver.edit(boat, "a red kite")
    await driver.wait_for(drawn("a red kite"))
    assert [request.body["prompt"] for request in gateway.requests][2:] == ["a paper boat", "a red kite"]
    assert gateway.requests[3].body["size"] == "1792x1024"

    # The quota used up: refused before anything is spent
    await driver.imagine("two boats --n 2")
    refusal = await driver.wait_for(says("you have 1 of 4 left"))
    assert refusal.private
    await driver.imagine("the last boat")
    await driver.wait_for(drawn("the last boat"))
    await driver.imagine("one too many")
    assert (await driver.wait_for(says("used up"))).private
    assert len(gateway.requests) == 5
    await driver.quota()
    assert (await driver.wait_for(says("0 of 4"))).private

    # History, newest first
    await driver.history()
    page = await driver.wait_for(says("newest first"))
    assert page.private
    prompts = ["the last boat", "a red kite", "a paper boat"]
    assert sorted(prompts, key=page.text.index) == prompts
    assert "a lighthouse" not in page.text


async def test_flags_count_in_every_place_for_a_prompt_and_in_every_spelling(
    driver: Driver, gateway: FakeCometAPI
) -> None:
    await driver.imagine("a red fox --ar 16:9 --no text --v 6")
    refusal = await driver.wait_for(says("--v and --no are Midjourney's"))
    assert refusal.private
    assert "a red fox --ar 16:9." in refusal.text
    assert gateway.requests == []
    await driver.imagine("a red fox\u200b －－ar　16：9")
    fox = await driver.wait_for(drawn("a red fox"))
    await driver.edit(fox, "a red hen \ufeff—size portrait")
    await driver.wait_for(drawn("a red hen"))
    drawings = [(request.body["prompt"], request.body["size"]) for request in gateway.requests]
    assert drawings == [("a red fox", "1792x1024"), ("a red hen", "1024x1792")]


async def test_an_option_that_the_model_lacks_is_refused_before_anything_is_spent(
    driver: Driver, gateway: FakeCometAPI
) -> None:
    await driver.imagine("a boat --model gpt-image-1.5 --style vivid")
    refusal = await driver.wait_for(says("takes no style"))
    assert refusal.private
    assert "quality" in refusal.text
    assert gateway.requests == []
