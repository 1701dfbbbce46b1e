"""Delete on Discord: by the asker and by people who look after the channel; gone for everybody, and it still counts."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, displayed, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import MANAGE_MESSAGES, MANAGE_SERVER
from tests.fakes.discord_world import CHANNEL, GROUP, Channel, Interaction, Message
from tests.fakes.driver import Seen
from tests.support.pictures import stored

ONLY = "Only the person who asked, or a moderator here, can delete this."
UNKNOWN = "I no longer know this image, so I can't do that."


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def shown(people: DiscordDriver, discord: FakeDiscord) -> Message:
    await people.imagine("a boat")
    return discord.world.messages[(await people.wait_for(drawn)).id]


async def said(discord: FakeDiscord, sent: Interaction) -> str:
    answer = await discord.answered(sent)
    return displayed(answer["data"]["content"]) if answer["type"] == 4 else ""


def kept(tmp_path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(tmp_path / "imagine.db")) as database:
        rows = database.execute("SELECT status, prompt, deleted_by FROM jobs WHERE deleted_at > ended_at").fetchall()
        return [tuple(row) for row in rows]


@pytest.fixture
async def message(people: DiscordDriver, discord: FakeDiscord, bot: None) -> Message:
    return await shown(people, discord)


async def test_the_asker_is_asked_and_it_is_gone_for_everybody_and_counts(
    people: DiscordDriver, discord: FakeDiscord, message: Message, tmp_path: Path
) -> None:
    opened = await discord.press(message, "Delete")
    form = (await discord.answered(opened))["data"]
    assert form["title"] == "Delete these images?"
    words, label = form["components"]
    assert words["content"] == "They disappear here and from the history, for everybody. They still count."
    assert (label["label"], label["component"]["default"]) == ("Keep them in my history", False)
    again = await discord.press(message, "Delete")  # seen while it is still there
    await discord.confirm(opened)
    await discord.until(lambda: message.id not in discord.world.messages)
    await discord.until(lambda: not stored(tmp_path))
    assert kept(tmp_path) == [("delivered", "", f"discord:{discord.world.person('ada')}")]
    assert await said(discord, await discord.confirm(again)) == UNKNOWN
    await people.history()
    await people.wait_for(lambda seen: "Nothing has been drawn for you yet" in seen.text)
    await people.quota()
    await people.wait_for(lambda seen: "(1 used)" in seen.text)
    assert not any("a boat" in seen.text for seen in people.seen())


@pytest.mark.parametrize("rights", [MANAGE_MESSAGES, MANAGE_SERVER])
async def test_a_moderator_of_the_channel_may_but_can_t_keep_it_for_somebody_else(
    discord: FakeDiscord, message: Message, rights: int, tmp_path: Path
) -> None:
    opened = await discord.press(message, "Delete", person="grace", rights=rights)
    assert [each["type"] for each in (await discord.answered(opened))["data"]["components"]] == [10]
    await discord.confirm(opened, keep=True, rights=rights)
    await discord.until(lambda: message.id not in discord.world.messages and not stored(tmp_path))
    assert kept(tmp_path)[0][2] == f"discord:{discord.world.person('grace')}"


async def test_nobody_else_may_by_any_button_or_form(discord: FakeDiscord, message: Message, tmp_path: Path) -> None:
    for forged in (await discord.press(message, "Delete", person="grace"), await forge(discord, message, "grace")):
        assert await said(discord, forged) == ONLY
    elsewhere = Channel(id=discord.world.snowflake(), name="elsewhere")
    discord.world.channels[elsewhere.id] = elsewhere
    there = await forge(discord, message, "grace", channel=elsewhere.id, rights=MANAGE_MESSAGES)
    assert await said(discord, there) == UNKNOWN
    assert (message.id in discord.world.messages, len(stored(tmp_path)), kept(tmp_path)) == (True, 1, [])


async def test_the_asker_keeps_it_and_the_message_alone_is_deleted(
    people: DiscordDriver, discord: FakeDiscord, message: Message, tmp_path: Path
) -> None:
    await discord.confirm(await discord.press(message, "Delete"), keep=True)
    await discord.until(lambda: message.id not in discord.world.messages)
    async with asyncio.timeout(60):
        while not any(drawn(seen) and "posted here" not in seen.text for seen in people.seen()):
            await people.history()
            await asyncio.sleep(0.1)
    assert len(stored(tmp_path)) == 1
    assert not any("a boat" in seen.text for seen in people.seen(user="grace"))


async def test_two_at_once_in_a_group_without_the_bot_delete_it_once(
    people: DiscordDriver, discord: FakeDiscord, bot: None, tmp_path: Path
) -> None:
    group = Channel(id=discord.world.snowflake(), kind=GROUP, bot_is_member=False)
    discord.world.channels[group.id] = group
    await discord.command("imagine", {"prompt": "a boat"}, channel=group.id)
    message = discord.world.messages[(await people.wait_for(drawn)).id]
    opened = [await discord.press(message, "Delete") for _ in range(2)]
    for each in opened:
        await discord.answered(each)
    await asyncio.gather(*(discord.confirm(each) for each in opened))
    await discord.until(lambda: message.id not in discord.world.messages and not stored(tmp_path))
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(where="DELETE /api/v10/webhooks/", status=404, code=10008, processed=True),
        Fault(where="DELETE /api/v10/webhooks/", status=503),
        Fault(where="DELETE /api/v10/webhooks/", cut=True, processed=True),
    ],
    ids=["gone already", "not now", "no answer"],
)
async def test_with_any_answer_of_discord_it_ends_deleted(
    discord: FakeDiscord, message: Message, fault: Fault, tmp_path: Path
) -> None:
    discord.fail(fault)
    await discord.confirm(await discord.press(message, "Delete"))
    await discord.until(lambda: not stored(tmp_path) and message.id not in discord.world.messages)


async def test_what_is_shown_of_it_to_its_asker_alone_is_deleted_with_the_message(
    people: DiscordDriver, discord: FakeDiscord, message: Message, tmp_path: Path
) -> None:
    copy = await shown_alone(people)
    await discord.confirm(await discord.press(copy, "Delete"))
    await discord.until(lambda: not {message.id, copy.id} & set(discord.world.messages) and not stored(tmp_path))


async def test_where_a_copy_stays_its_reader_is_told_that_the_job_is_deleted(
    people: DiscordDriver, discord: FakeDiscord, message: Message, tmp_path: Path
) -> None:
    opened = await discord.press(await shown_alone(people), "Delete")
    await discord.answered(opened)
    discord.fail(Fault(where="DELETE /api/v10/webhooks/", status=404, code=10008))
    await discord.confirm(opened)
    await people.wait_for(lambda seen: seen.private and seen.text == "Deleted.")
    await discord.until(lambda: not stored(tmp_path))


async def test_while_it_is_drawn_who_moderates_may_delete_it_too(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot, tmp_path: Path
) -> None:
    async with start_bot(**settings(discord)):
        gateway.hold()
        await people.imagine("a boat")
        drawing = discord.world.messages[(await people.wait_for(lambda seen: "Drawing" in seen.text)).id]
        await forge(discord, drawing, "grace", rights=MANAGE_MESSAGES)
        await discord.until(lambda: drawing.id not in discord.world.messages)
        gateway.release()
        await people.quota()
        await people.wait_for(lambda seen: "(1 used)" in seen.text)
        assert not any("a boat" in seen.text for seen in people.seen())
    assert (stored(tmp_path), [row[0] for row in kept(tmp_path)]) == ([], [])
    with closing(sqlite3.connect(tmp_path / "imagine.db")) as database:
        assert database.execute("SELECT status FROM jobs WHERE deleted_at = ended_at").fetchall() == [("stopped",)]


async def shown_alone(people: DiscordDriver) -> Message:
    """Show the newest job to its asker alone, as the history of earlier releases did."""
    await people.history()
    listed = await people.wait_for(lambda seen: "newest first" in seen.text)
    people.as_before(listed)
    await people.press(listed, "1 · Show images")
    copy = await people.wait_for(lambda seen: drawn(seen) and seen.private and "newest first" not in seen.text)
    return people.discord.world.messages[copy.id]


async def forge(
    discord: FakeDiscord, message: Message, person: str, *, channel: str = CHANNEL, rights: int = 0
) -> Interaction:
    """Send the form for deleting a message's job without having opened it."""
    job = message.buttons()[0]["custom_id"].rpartition(":")[2]
    data = {"custom_id": f"delete:{job}", "components": [{"type": 10, "id": 1}]}
    who = discord.world.person(person)
    sent = discord.world.interact(kind=5, person=who, channel=channel, data=data, pressed=message.id)
    return await discord.send(sent, rights=rights)
