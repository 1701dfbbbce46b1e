"""Pictures as other programs make them, on each platform: people see what was drawn, in its colours."""

import base64
from pathlib import Path

import pytest
from PIL import Image

from bot.core.images.profile import profile
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says, png
from tests.support.pictures import (
    ADOBE_RGB,
    animated,
    close,
    decoded,
    encoded,
    mark_of,
    of_several,
    out_of_order,
    pixel,
    soft,
    with_chunk,
)
from tests.support.platforms import PLATFORMS

FRAMES = [soft((96, 64)).rotate(turn) for turn in (0, 90, 180)]
WIDE_GREEN = encoded(
    Image.new("RGB", (96, 64), (60, 160, 90)), "image/webp", lossless=True, icc_profile=profile(ADOBE_RGB, 2.2)
)
SEVERAL = of_several(FRAMES[0], FRAMES[1])
MARK = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
DRAWN = (
    WIDE_GREEN,
    with_chunk(encoded(FRAMES[0]), b"cICP", b"\x0c\x0d\0\1", wrong=True),
    out_of_order(animated("image/png", *FRAMES)),
    SEVERAL[: len(SEVERAL) - 200],
)


def answer(image: bytes) -> Says:
    return Says(body={"data": [{"b64_json": base64.b64encode(image).decode()}]})


@pytest.mark.parametrize("platform", ["discord", "slack-socket", "playground"])
async def test_what_others_make_is_shown_as_it_was_meant(
    start_bot: StartBot, gateway: FakeCometAPI, platform: str
) -> None:
    async with PLATFORMS[platform](start_bot, max_concurrent_jobs=1) as driver:
        gateway.will(*map(answer, DRAWN))
        await driver.imagine("a pond --model gpt-image-1 --n 4")
        shown = (await driver.wait_for(lambda seen: bool(seen.images))).images
    assert len(shown) == len(DRAWN)
    as_drawn = [decoded(each, "RGB") for each in shown]
    if "slack" in platform:  # which takes no WebP
        assert close(pixel(as_drawn[0], (9, 9)), (0, 162, 88), 4)
    else:
        assert profile(ADOBE_RGB, 2.2) in shown[0]
    for image in as_drawn[1:3]:
        assert image.tobytes() == FRAMES[0].tobytes()
    assert decoded(SEVERAL, "RGB").tobytes() == as_drawn[3].tobytes()


@pytest.mark.parametrize("platform", ["discord", "slack-socket", "playground"])
async def test_every_image_that_is_stored_or_sent_says_which_model_made_it(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, platform: str
) -> None:
    drawn = [encoded(FRAMES[0], kind) for kind in ("image/png", "image/jpeg", "image/webp")]
    async with PLATFORMS[platform](start_bot, max_concurrent_jobs=1) as driver:
        gateway.will(*map(answer, drawn * 2))
        await driver.imagine("a pond --model gpt-image-1 --n 3")
        first = await driver.wait_for(lambda seen: bool(seen.images))
        await driver.press(first, "Again")
        again = await driver.wait_for(lambda seen: bool(seen.images) and seen.id != first.id)
    stored = [file.read_bytes() for file in (tmp_path / "images").glob("*/*.*")]
    assert len(stored) == 6
    for image in (*first.images, *again.images, *stored):
        assert mark_of(image) == (MARK, "gpt-image-1")
        assert decoded(image, "L").size == FRAMES[0].size
    assert first.images[0] in stored
    for seen in (first, again):
        assert all(alt.startswith("AI-generated:") for alt in seen.alts)
        assert "gpt-image-1" in seen.text


@pytest.mark.parametrize(("marks", "platform"), [("on", "discord"), ("on", "slack-socket"), ("off", "playground")])
async def test_a_picture_with_a_manifest_is_passed_on_as_it_is_and_any_where_that_is_wanted(
    start_bot: StartBot, gateway: FakeCometAPI, marks: str, platform: str
) -> None:
    drawn = encoded(FRAMES[0]) if marks == "off" else png(3)
    async with PLATFORMS[platform](start_bot, mark_images=marks) as driver:
        gateway.will(answer(drawn))
        await driver.imagine("a pond --model gpt-image-1")
        assert (await driver.wait_for(lambda seen: bool(seen.images))).images == [drawn]
