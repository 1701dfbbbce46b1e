"""An image is decoded while its answer arrives: what the bot reads of it, and how much memory that takes."""

import base64
import json
import random
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cometapi.answers import read_answer
from bot.cometapi.client import CometAPI
from bot.cometapi.shortened import Shortened, Shortening
from bot.core.image import ImageRequest
from bot.core.images.verify import verify
from tests.fakes.cometapi import FakeCometAPI, Says

_LARGE = random.Random(1).randbytes(300_000)
_LARGE_64 = base64.b64encode(_LARGE).decode()


def received(sent: bytes, size: int) -> Shortened:
    shortening = Shortening()
    for at in range(0, len(sent), size):
        shortening.feed(sent[at : at + size])
    return shortening.end()


@pytest.mark.parametrize(
    ("body", "image"),
    [
        ({"data": [{"b64_json": _LARGE_64, "revised_prompt": 'a "boat" \\'}], "usage": {"total": 1}}, _LARGE),
        ({"data": [{"revised_prompt": 'ends with \\"', "b64_json": _LARGE_64}]}, _LARGE),
        ({"data": [{"url": f"data:image/png;base64,{_LARGE_64}"}]}, _LARGE),
        ({"output": _LARGE_64}, _LARGE),
        ({"data": [{"b64_json": _LARGE_64[:80_000] + "\n" + _LARGE_64[80_000:]}]}, _LARGE),
        ({"data": [{"b64_json": _LARGE_64.rstrip("=").replace("+", "-").replace("/", "_")}]}, _LARGE),
        ({"data": [{"b64_json": f'"{_LARGE_64}"'}]}, None),
        ({"data": [{"b64_json": _LARGE_64, "error": {"code": _LARGE_64}}]}, _LARGE),
        ({"error": {"message": f"no {_LARGE_64}"}}, None),
    ],
    ids=["base64", "last", "data URL", "bare", "in lines", "of URLs", "quoted", "twice", "an error"],
)
def test_a_large_image_is_read_by_the_rules_of_a_small_one(body: object, image: bytes | None) -> None:
    sent = json.dumps(body).encode()
    for size in (len(sent), 65_537, 997):
        short = received(sent, size)
        answer = read_answer(short.body, decoded=short.images)
        assert answer == read_answer(sent)
        assert answer.images == ((image,) if image else ())


_PARTS = {
    "quote": b'"',
    "backslash": b"\\",
    "image": _LARGE_64[:70_000].encode(),
    "padding": b"=",
    "head": b"data:image/png;base64,",
    "JSON": b"{,",
}


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(_PARTS))))
@example(["JSON", "image", "quote", "image", "quote"])
def test_what_is_no_image_is_received_to_the_byte(parts: list[str]) -> None:
    sent = b"".join(_PARTS[part] for part in parts)
    short = received(sent, 30_011)
    whole = short.body
    for beginning, image in short.images.items():
        head, comma, _ = beginning.rpartition(",")
        shortened = (head + comma).encode() + base64.b64encode(image)
        whole = whole.replace(beginning.encode() + b'"', shortened + b'"')
    assert whole == sent


def test_two_images_with_one_beginning_stay_apart() -> None:
    other = base64.b64encode(_LARGE[:200_000] + bytes(100_000)).decode()
    short = received(json.dumps({"data": [{"b64_json": _LARGE_64}, {"b64_json": other}]}).encode(), 997)
    assert len(set(read_answer(short.body, decoded=short.images).images)) == 2


async def test_an_image_of_megabytes_is_never_held_as_text(gateway: FakeCometAPI) -> None:
    """Bytes, text and parsed text of one answer took five times the image."""
    image = _LARGE * 10
    gateway.will(Says(body=json.dumps({"data": [{"b64_json": base64.b64encode(image).decode()}]}).encode()))
    async with CometAPI(gateway.base_url, "sk-a-very-secret-key", check=verify) as client:
        tracemalloc.start()
        assert (await client.generate(ImageRequest(model="dall-e-3", prompt="a paper boat"))).image == image
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 1.6 * len(image), peak / len(image)
