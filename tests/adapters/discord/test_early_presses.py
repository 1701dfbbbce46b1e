"""Buttons pressed before the bot knows of their message, and buttons of a message that it has lost."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_faults import Fault
from tests.fakes.driver import Seen

pytestmark = pytest.mark.usefixtures("bot")


def public(people: DiscordDriver) -> list[str]:
    return [seen.id for seen in people.seen() if not seen.private]


def is_stopped(seen: Seen) -> bool:
    return not seen.private and "had already been sent" in seen.text


async def test_a_job_cancelled_before_discord_answered_ends_in_the_message_that_was_pressed(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    answered = asyncio.Event()
    discord.fail(Fault(where="/callback", answered=answered.wait))
    asking = asyncio.create_task(people.imagine("a boat"))
    waiting = await people.wait_for(lambda seen: "Cancel" in seen.buttons)
    await people.press(waiting, "Cancel")
    ended = await people.wait_for(lambda seen: "Cancelled while waiting" in seen.text)
    answered.set()
    await asking
    await people.imagine("a kite")
    await people.wait_for(lambda seen: bool(seen.images))
    assert ended.id == waiting.id
    assert len(public(people)) == 2
    assert len(gateway.requests) == 1


async def test_a_job_stopped_on_a_stray_is_seen_to_end_once(
    people: DiscordDriver, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    gateway.hold()
    await people.imagine("a boat")
    stray = await people.wait_for(lambda seen: "Stop" in seen.buttons)
    await people.imagine("a kite", user="grace")
    other = await people.wait_for(lambda seen: "Stop" in seen.buttons and "a kite" in seen.text, user="grace")
    shown_by(tmp_path / "imagine.db", "a boat", other.id)
    await people.press(stray, "Stop")
    stopped = await people.wait_for(is_stopped)
    told = await people.wait_for(lambda seen: seen.private and "Stopped." in seen.text)
    assert (stopped.id, public(people)) == (other.id, [other.id])
    assert "Another message shows it." in told.text


def shown_by(path: Path, prompt: str, message: str) -> None:
    """Let the ledger say that a job is shown by another message, which no token reaches."""
    with closing(sqlite3.connect(path)) as database, database:
        (place,) = database.execute("SELECT place FROM jobs WHERE prompt = ?", (prompt,)).fetchone()
        place = json.dumps({**json.loads(place), "message": message})
        database.execute("UPDATE jobs SET place = ?, tokens = '{}' WHERE prompt = ?", (place, prompt))


async def test_a_job_that_is_stopped_in_a_list_leaves_the_list(people: DiscordDriver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("a boat")
    drawing = await people.wait_for(lambda seen: "Stop" in seen.buttons)
    await people.quota()
    listed = await people.wait_for(lambda seen: seen.private and "a boat" in seen.text)
    (stop,) = listed.buttons
    await people.press(listed, stop)
    told = await people.wait_for(lambda seen: seen.private and "Stopped." in seen.text)
    assert (await people.wait_for(is_stopped)).id == drawing.id
    assert "Another message shows it." not in told.text
    assert listed.id in [seen.id for seen in people.seen()]
