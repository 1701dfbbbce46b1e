"""Pictures as other programs make them, on each platform: people see what was drawn, in its colours."""

import base64

import pytest
from PIL import Image

from bot.core.images.profile import profile
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says
from tests.support.pictures import (
    ADOBE_RGB,
    animated,
    close,
    decoded,
    encoded,
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
DRAWN = (
    WIDE_GREEN,
    with_chunk(encoded(FRAMES[0]), b"cICP", b"\x0c\x0d\0\1", wrong=True),
    out_of_order(animated("image/png", *FRAMES)),
    SEVERAL[: len(SEVERAL) - 200],
)


@pytest.mark.parametrize("platform", ["discord", "slack-socket", "playground"])
async def test_what_others_make_is_shown_as_it_was_meant(
    start_bot: StartBot, gateway: FakeCometAPI, platform: str
) -> None:
    async with PLATFORMS[platform](start_bot, max_concurrent_jobs=1) as driver:
        gateway.will(*(Says(body={"data": [{"b64_json": base64.b64encode(each).decode()}]}) for each in DRAWN))
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
