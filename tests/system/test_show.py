"""One image by its number on each platform: its asker sees it again, and nobody else learns that there is one."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack_driver import SlackDriver
from tests.support.platforms import CHATS, PLATFORMS

NO_SUCH_IMAGE = "You have no image with that number."


@pytest.fixture(params=CHATS)
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


def id_of(people: Driver, seen: Seen) -> str:
    """Return the whole id, which everybody's client gets with the buttons."""
    match people:
        case DiscordDriver(discord=discord):
            return str(discord.world.messages[seen.id].buttons()[0]["custom_id"]).partition(":")[2]
        case SlackDriver(slack=slack):
            message = next(each for each in slack.world.messages if each.ts == seen.id)
            return next(str(block["elements"][0]["value"]) for block in message.blocks if block["type"] == "actions")
        case _:
            return seen.id


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
        for image in (number, id_of(people, secret)):
            refused = await told(people, image, stranger)
            assert (refused.text, refused.images) == (NO_SUCH_IMAGE, [])
    assert (await told(people, "0000000F")).text == NO_SUCH_IMAGE

    shutil.rmtree(tmp_path / "images")
    assert (await told(people, number)).text == "The images are no longer kept."
    assert len(gateway.requests) == 1
