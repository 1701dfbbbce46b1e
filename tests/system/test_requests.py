"""What is sent to the gateway for a command, and how often."""

from functools import partial

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
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
"""What is sent for a command that says no more than the model, besides the model and the prompt."""


async def test_every_image_is_a_request_of_its_own_with_a_size_and_no_watermark(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot, quota_images=100, max_open_jobs_per_user=100) as driver:
        for number, (model, rest) in enumerate(_FIRST.items()):
            await driver.imagine(f"boats of {model} --model {model} --n 2")
            await driver.wait_for(partial(_has_two, f"boats of {model}"))
            bodies = [received.body for received in gateway.requests[2 * number :]]
            assert bodies == [{"model": model, "prompt": f"boats of {model}", **rest}] * 2


async def test_a_size_of_the_models_own_choice_is_sent_when_it_is_typed(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with web_platform(start_bot) as driver:
        await driver.imagine("a boat --model gpt-image-2 --size auto")
        await gateway.arrived()
        assert gateway.requests[0].body["size"] == "auto"


def _has_two(prompt: str, seen: Seen) -> bool:
    return prompt in seen.text and len(seen.images) == 2
