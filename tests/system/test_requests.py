"""What is sent to the gateway for a command, and how often."""

import asyncio
import base64
from functools import partial
from random import Random

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import Cuts, FakeCometAPI, Hangs, Says, Waits, fails, png
from tests.fakes.cometapi_answers import Answer
from tests.fakes.driver import Driver, Seen
from tests.fakes.web_driver import web_platform

_SQUARE: dict[str, object] = {"size": "1024x1024"}
_LARGE: dict[str, object] = {"size": "2048x2048", "watermark": False}
_LINK: dict[str, object] = {"response_format": "url"}
_FIRST: dict[str, dict[str, object]] = {
    "dall-e-2": _SQUARE | _LINK,
    "dall-e-3": _SQUARE | _LINK,
    "gpt-image-1": _SQUARE,
    "gpt-image-1.5": _SQUARE,
    "gpt-image-2": _SQUARE | {"quality": "medium"},
    "gpt-image-2.6-flare": _SQUARE | {"quality": "medium"},
    "gpt-image-2-all": {},
    "qwen-image": _SQUARE,
    "doubao-seedream-4-0-250828": _LARGE,
    "doubao-seedream-4-5-251128": _LARGE,
    "seedream-5-0-pro-260628": _LARGE,
    "grok-imagine-image": {"aspect_ratio": "1:1"},
    "grok-imagine-image-2.0": {"aspect_ratio": "1:1"},
}
"""What is sent beyond the model and the prompt, for a command that names only the model."""


async def test_every_image_is_a_request_of_its_own_with_a_size_and_no_watermark(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, quota_images=100, max_open_jobs_per_user=100) as driver:
        for number, (model, rest) in enumerate(_FIRST.items()):
            await driver.imagine(f"boats of {model} --model {model} --n 2")
            await driver.wait_for(partial(shows, 2, f"boats of {model}"))
            bodies = [received.body for received in gateway.requests[2 * number :]]
            assert bodies == [{"model": model, "prompt": f"boats of {model}", **rest}] * 2


async def test_a_size_of_the_models_own_choice_is_sent_when_it_is_typed(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot) as driver:
        await driver.imagine("a boat --model gpt-image-2 --size auto")
        await gateway.arrived()
        assert gateway.requests[0].body["size"] == "auto"


async def test_four_requests_of_a_job_are_sent_at_a_time_and_no_more(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("boats --n 10")
        await gateway.arrived(4)
        gateway.release()
        seen = await driver.wait_for(partial(shows, 10, "boats"))
        assert len(set(seen.images)) == len(gateway.requests) == 10
        assert gateway.most_at_once == 4
        await costs(driver, 10)


async def test_every_request_takes_a_place_over_all_processes(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    replica = start_bot(playground=True, max_concurrent_jobs=3)
    async with replica, web_platform(start_bot, max_concurrent_jobs=3) as driver:
        gateway.choose = lambda body: Waits(seconds=0.05, answer=gateway)
        for number in range(3):
            await driver.imagine(f"boats {number} --n 6", user=f"person-{number}")
        for number in range(3):
            await driver.wait_for(partial(shows, 6, f"boats {number}"), user=f"person-{number}")
        assert gateway.most_at_once == 3


async def test_a_newcomer_waits_for_one_image_and_not_for_ten(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with web_platform(start_bot, max_concurrent_jobs=4) as driver:
        gateway.hold()
        await driver.imagine("a fleet --n 10")
        await gateway.arrived(4)
        await driver.imagine("a boat", user="grace")
        gateway.release()
        await driver.wait_for(partial(shows, 1, "a boat"), user="grace")
        assert "a boat" in [received.body["prompt"] for received in gateway.requests[:8]]
        await driver.wait_for(partial(shows, 10, "a fleet"))


async def test_a_stop_counts_what_was_sent_and_not_what_was_asked_for(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, max_concurrent_jobs=1, budget_images=11) as driver:
        gateway.hold()
        await driver.imagine("boats --n 10")
        await gateway.arrived()
        await driver.press(await driver.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        await driver.wait_for(lambda seen: "so 1 image counts against your quota" in seen.text)
        await driver.wait_for(lambda seen: "so 1 image counts against the asker's quota" in seen.text and seen.private)
        await costs(driver, 1)
        gateway.release()
        await driver.imagine("ships --n 10")  # and no more against the budget
        await driver.wait_for(partial(shows, 10, "ships"))
        assert len(gateway.requests) == 11


async def test_what_is_stopped_before_it_was_sent_is_free(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with gateway.unreachable(), web_platform(start_bot, budget_images=1) as driver:
        for prompt in ("boats", "kites"):  # the second would be beyond the budget, if the first counted
            await driver.imagine(f"{prompt} --model dall-e-2")
            await driver.press(await driver.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
            await driver.wait_for(partial(is_stopped_free, prompt))
        await driver.wait_for(lambda seen: seen.private and "Stopped before it was sent" in seen.text)
        await costs(driver, 0)


def is_stopped_free(prompt: str, seen: Seen) -> bool:
    return prompt in seen.text and "Stopped before it was sent. Nothing was charged." in seen.text


_TOYS = ("boat", "kite")


async def test_random_stops_count_what_was_sent(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    moments = Random(16)
    gateway.hold()
    async with web_platform(start_bot, quota_images=100, max_concurrent_jobs=1) as driver:
        person = await driver.person("ada")
        for number in range(30):
            # The kite waits for the place of the boat.
            asked = [await person.post("/api/commands", {"text": f"/imagine {what} {number}"}) for what in _TOYS]
            for answer in asked:
                await asyncio.sleep(moments.uniform(0, 0.02))
                await person.post(f"/api/jobs/{answer['job']}/stop", {})
        for _ in range(20):  # turns of the event loop, in which what is on its way arrives
            await asyncio.sleep(0.005)
        await costs(driver, len(gateway.requests))
        assert 0 < len(gateway.requests) < 60


async def test_a_stop_cuts_off_every_request_and_counts_each(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with web_platform(start_bot) as driver:
        gateway.will(_image(1), Hangs(), Hangs(), Hangs(), Hangs())
        await driver.imagine("boats --n 10")
        await gateway.arrived(5)
        await driver.press(await driver.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        stopped = await driver.wait_for(lambda seen: "so 5 images count against your quota" in seen.text)
        assert stopped.images == [png(1)]
        await costs(driver, 5)
        async with asyncio.timeout(60):
            while gateway.unanswered:
                await asyncio.sleep(0.01)
        assert len(gateway.requests) == 5


async def test_a_stop_counts_what_was_billed_without_an_image_too(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with web_platform(start_bot) as driver:
        gateway.will(Says(body={"created": 1, "data": []}), Hangs())
        await driver.imagine("boats --n 2")
        await gateway.arrived(2)
        await driver.press(await driver.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        await driver.wait_for(lambda seen: "so 2 images count against your quota" in seen.text)
        await costs(driver, 2)


async def test_after_a_refusal_nothing_more_is_sent_and_what_comes_is_kept(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, budget_images=13) as driver:
        late = [Waits(seconds=0.3, answer=_image(number)) for number in range(3)]
        gateway.will(fails(400, "moderation_blocked"), *late)
        await driver.imagine("boats --n 10")
        seen = await driver.wait_for(partial(shows, 3, "boats"))
        assert "Only 3 of 10" in seen.text
        assert "content policy" in seen.text
        assert len(gateway.requests) == 4
        await costs(driver, 3)
        await driver.imagine("ships --n 10")  # the refusal doesn't count against the budget
        await driver.wait_for(partial(shows, 10, "ships"))


async def test_a_refused_request_gives_its_place_up_and_counts_no_more(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, max_concurrent_jobs=4) as driver:
        gateway.will(fails(400, "moderation_blocked"), Hangs(), Hangs(), Hangs())
        await driver.imagine("boats --n 10")
        await gateway.arrived(4)
        await driver.imagine("a ship", user="grace")
        await driver.wait_for(partial(shows, 1, "a ship"), user="grace")
        await driver.press(await driver.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        await driver.wait_for(lambda seen: "so 3 images count against your quota" in seen.text)
        await costs(driver, 3)


async def test_a_cut_connection_loses_one_image_and_leaves_one_in_doubt(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, budget_images=5) as driver:
        gateway.will(_image(1), Cuts(), _image(2), _image(3))
        await driver.imagine("boats --n 4")
        seen = await driver.wait_for(partial(shows, 3, "boats"))
        assert "Only 3 of 4" in seen.text
        assert "I can't tell whether" in seen.text
        await costs(driver, 3)
        assert await _left_of_budget(driver, 1)


async def test_a_rate_limit_leaves_what_was_drawn_and_asks_for_the_rest_later(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, budget_images=4) as driver:
        limited = fails(429, headers={"Retry-After": "1"})
        gateway.will(limited, _image(1), limited, _image(2))
        await driver.imagine("boats --n 4")
        await driver.wait_for(lambda seen: "I'll try again" in seen.text)
        assert len(gateway.requests) == 4
        await driver.wait_for(partial(shows, 4, "boats"))
        assert len(gateway.requests) == 6
        await costs(driver, 4)


async def test_an_uncertain_request_is_not_sent_again_beside_one_that_may_be(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, budget_images=3) as driver:
        gateway.will(fails(429, headers={"Retry-After": "0"}), Cuts())
        await driver.imagine("boats --n 2")
        await driver.wait_for(lambda seen: "I can't tell whether" in seen.text)
        assert len(gateway.requests) == 2
        await costs(driver, 0)
        assert await _left_of_budget(driver, 2)


@pytest.mark.parametrize(
    "answer",
    [
        Says(body={"created": 1, "data": []}),
        Says(body={"code": 200, "message": "success", "data": {"data": []}}),
        fails(400, "violation_fee.grok.csam", "rejected by the safety system"),
    ],
)
async def test_what_is_billed_without_an_image_is_free_for_the_asker_and_is_not_called_free(
    start_bot: StartBot, gateway: FakeCometAPI, answer: Answer
) -> None:
    async with web_platform(start_bot, budget_images=5) as driver:
        gateway.will(answer)
        await driver.imagine("a boat")
        told = await driver.wait_for(lambda seen: "Try other words. It doesn't count against your quota." in seen.text)
        assert "Nothing was charged" not in told.text
        gateway.will(_image(1), answer)
        await driver.imagine("boats --n 2")
        assert "Only 1 of 2" in (await driver.wait_for(partial(shows, 1, "boats"))).text
        await costs(driver, 1)
        assert await _left_of_budget(driver, 2)


def shows(count: int, prompt: str, seen: Seen) -> bool:
    return prompt in seen.text and len(seen.images) == count


async def costs(driver: Driver, used: int) -> None:
    await driver.quota()
    await driver.wait_for(lambda seen: f"({used} used)" in seen.text)


async def _left_of_budget(driver: Driver, images: int) -> bool:
    """Whether the budget has exactly so many images left: one more is refused, and these are drawn."""
    await driver.imagine(f"too many --n {images + 1}", user="grace")
    await driver.wait_for(lambda seen: "shared budget" in seen.text, user="grace")
    await driver.imagine(f"as many --n {images}", user="grace")
    return bool(await driver.wait_for(partial(shows, images, "as many"), user="grace"))


def _image(number: int) -> Answer:
    return Says(body={"data": [{"b64_json": base64.b64encode(png(number)).decode()}]})
