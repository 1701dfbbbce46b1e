"""One image by its number on each platform: its asker sees it again, and nobody else learns that there is one."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack_driver import SlackDriver
from tests.support.platforms import PLATFORMS

SURFACES = ("discord", "slack-socket", "playground")
NO_SUCH_IMAGE = "You have no image with that number."


@pytest.fixture(params=SURFACES)
async def people(request: pytest.FixtureRequest, start_bot: StartBot) -> AsyncIterator[Driver]:
    async with PLATFORMS[request.param](start_bot) as driver:
        yield driver


def number_of(seen: Seen) -> str:
    found = re.search(r"#([0-9A-F]{8})$", seen.text)
    assert found
    return found[1]


def new(people: Driver, user: str = "ada") -> Callable[[Seen], bool]:
    before = {seen.id for seen in people.seen(user=user)}
    return lambda seen: seen.id not in before


async def told(people: Driver, image: str, user: str = "ada") -> Seen:
    """Return what somebody sees after they asked for an image."""
    is_new = new(people, user)
    await people.show(image, user=user)
    return await people.wait_for(is_new, user=user)


async def test_an_image_is_shown_to_its_asker_by_its_number_and_to_nobody_else(
    people: Driver, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    await people.imagine("an unmistakable secret")
    secret = await people.wait_for(lambda seen: bool(seen.images))
    number = number_of(secret)
    is_new = new(people)
    await people.show(f"#{number.lower()}")
    shown = await people.wait_for(lambda seen: is_new(seen) and bool(seen.images))
    assert shown.images == secret.images
    assert shown.private
    assert {"Again", "Edit prompt"} <= set(shown.buttons)

    # Slack shows nothing to those who aren't in the channel.
    strangers = ["grace", *(() if isinstance(people, SlackDriver) else (f"stranger {n}" for n in range(20)))]
    for stranger in strangers:
        refused = await told(people, number, stranger)
        assert (refused.text, refused.images) == (NO_SUCH_IMAGE, [])
    assert (await told(people, "0000000F")).text == NO_SUCH_IMAGE

    shutil.rmtree(tmp_path / "images")
    assert (await told(people, number)).text == "The images are no longer kept."
    assert len(gateway.requests) == 1
