"""Show here on Discord: one's own images, for everybody where it is pressed, and found again by Delete."""

from collections.abc import Sequence

import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, displayed
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import ATTACH_FILES, MANAGE_MESSAGES, SEND_MESSAGES
from tests.fakes.discord_world import CHANNEL, GROUP, THREAD, Channel, Message
from tests.fakes.driver import Seen

CLOSED = "I can't show it here: I'm not a member, the channel is archived, or I'm not allowed to post images."
ASKERS = "Only the person who asked can delete this from here."
YOURS = "You may not post images here, so I don't show any for you."


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def another(discord: FakeDiscord, **given: object) -> Channel:
    channel = Channel(id=discord.world.snowflake(), name="gallery", **given)  # type: ignore[arg-type]  # of a test
    discord.world.channels[channel.id] = channel
    return channel


async def listed(people: DiscordDriver, channel: str = CHANNEL) -> Message:
    """Return the history of ada, who asked for it in a channel."""
    known = set(people.discord.world.messages)
    await people.discord.answered(await people.discord.command("history", channel=channel))
    page = await people.wait_for(lambda seen: seen.id not in known and "newest first" in seen.text and drawn(seen))
    return people.discord.world.messages[page.id]


def public(discord: FakeDiscord, channel: str) -> list[Message]:
    messages = [message for message in discord.world.messages.values() if message.only_for is None]
    return [message for message in messages if message.channel == channel]


@pytest.fixture
async def first(people: DiscordDriver, discord: FakeDiscord, bot: None) -> Message:
    await people.imagine("a boat")
    return discord.world.messages[(await people.wait_for(drawn)).id]


async def test_images_are_shown_to_everybody_and_gone_with_the_job(
    people: DiscordDriver, discord: FakeDiscord, first: Message
) -> None:
    gallery = another(discord)
    page = await listed(people, gallery.id)
    await discord.answered(await discord.press(page, "1 · Show here"))
    await discord.until(lambda: any(message.attachments for message in public(discord, gallery.id)))
    (copy,) = public(discord, gallery.id)
    assert [file.data for file in copy.attachments] == [file.data for file in first.attachments]
    seen = await people.wait_for(lambda seen: seen.id == copy.id, user="grace")
    assert (seen.buttons, "ada" in seen.text or "<@" in seen.text) == (["Again", "Edit prompt", "Delete"], True)
    refused = await discord.press(copy, "Delete", person="grace", rights=MANAGE_MESSAGES)
    await discord.answered(refused)
    await people.wait_for(lambda seen: seen.text == ASKERS, user="grace")
    await people.press(seen, "Again", user="grace")
    await people.wait_for(lambda other: drawn(other) and other.id not in {copy.id, first.id}, user="grace")
    await discord.confirm(await discord.press(first, "Delete"))
    await discord.until(lambda: not {first.id, copy.id} & set(discord.world.messages))


async def test_a_double_click_shows_them_once_and_there_they_can_be_deleted_too(
    people: DiscordDriver, discord: FakeDiscord, first: Message
) -> None:
    page = await listed(people)
    for press in [await discord.press(page, "1 · Show here") for _ in range(3)]:
        await discord.answered(press)
    await discord.until(lambda: sum(bool(each.attachments) for each in public(discord, CHANNEL)) == 2)
    await people.quota()
    await people.wait_for(lambda seen: "19 of 20" in seen.text)
    copy = public(discord, CHANNEL)[-1]
    assert public(discord, CHANNEL) == [first, copy]
    await discord.confirm(await discord.press(copy, "Delete"))
    await discord.until(lambda: public(discord, CHANNEL) == [])


async def test_where_that_can_t_be_they_alone_are_told_why(
    people: DiscordDriver, discord: FakeDiscord, first: Message
) -> None:
    below: dict[str, object] = {"kind": THREAD, "parent": CHANNEL}
    cases: Sequence[tuple[dict[str, object], str]] = [
        ({"bot_is_member": False}, CLOSED),
        ({"kind": GROUP, "bot_is_member": False}, CLOSED),
        ({"refuses": 50013}, CLOSED),  # it may not write, or not attach files
        ({**below, "refuses": 50083}, CLOSED),  # archived
        ({"members_lack": ATTACH_FILES}, YOURS),
        ({"members_lack": SEND_MESSAGES}, YOURS),
        ({**below, "members_lack": 1 << 38}, YOURS),
    ]
    for place, said in cases:
        there = another(discord, **place)
        page = await listed(people, there.id)
        await discord.answered(await discord.press(page, "1 · Show here"))
        await discord.until(lambda page=page: next(reversed(discord.world.messages)) != page.id)
        *_, told = discord.world.messages.values()
        assert (displayed(told.content), told.only_for) == (said, discord.world.person("ada")), place
        assert public(discord, there.id) == []
    page = await listed(people)
    discord.fail(Fault(where=f"POST /api/v10/channels/{CHANNEL}", status=503, times=6))
    await discord.answered(await discord.press(page, "1 · Show here"))
    await people.wait_for(lambda seen: seen.text == "I couldn't show it here. Try again in a minute.")


async def test_what_was_asked_for_alone_is_shown_to_others_when_that_is_meant(
    people: DiscordDriver, discord: FakeDiscord, bot: None
) -> None:
    direct = discord.world.direct_channel(discord.world.person("ada"))
    await discord.command("imagine", {"prompt": "a secret"}, channel=direct.id)
    await people.wait_for(drawn)
    opened = await discord.press(await listed(people), "1 · Show here")
    form = await discord.answered(opened)
    assert (form["type"], form["data"]["title"]) == (9, "Show it here?")
    assert form["data"]["components"][0]["content"] == "Only you have seen these images. Here everybody will."
    assert public(discord, CHANNEL) == []
    await discord.confirm(opened)
    await discord.until(lambda: [bool(each.attachments) for each in public(discord, CHANNEL)] == [True])
