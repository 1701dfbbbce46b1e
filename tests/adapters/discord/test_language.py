"""Each job keeps its asker's language, each private answer is in its reader's, and both are read beside the loop."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.core.language import speak
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_world import CHANNEL, Message

ICELANDIC = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"
"""


async def _old_button(discord: FakeDiscord) -> None:
    button = {"type": 2, "style": 2, "label": "Upscale", "custom_id": "upscale-42"}
    old = Message(id=discord.world.snowflake(), channel=CHANNEL, components=[{"type": 1, "components": [button]}])
    discord.world.messages[old.id] = old
    await discord.answered(await discord.press(old, "Upscale"))


async def _typing(discord: FakeDiscord) -> None:
    assert await discord.complete("model", "dall")


async def _command(discord: FakeDiscord) -> None:
    await discord.answered(await discord.command("quota"))


@pytest.mark.parametrize("first", [_old_button, _typing, _command])
async def test_a_language_is_read_beside_the_event_loop(
    discord: FakeDiscord, start_bot: StartBot, tmp_path: Path, first: Callable[[FakeDiscord], Coroutine[Any, Any, None]]
) -> None:
    catalogue = tmp_path / "languages" / "is.po"
    catalogue.parent.mkdir()
    os.mkfifo(catalogue)  # its reader waits until something is written
    answered = threading.Event()

    def write_later() -> bool:
        came_first = answered.wait(30)
        catalogue.write_text(ICELANDIC, "utf-8")
        return came_first

    async with start_bot(**settings(discord), language_folder=str(catalogue.parent)):
        writing = asyncio.create_task(asyncio.to_thread(write_later))
        discord.world.locale = (
            "is"  # a language that Discord doesn't have yet: its own languages are read to register the commands
        )
        in_icelandic = asyncio.create_task(first(discord))
        while not discord.world.interactions:
            await asyncio.sleep(0)
        discord.world.locale = "en-US"
        await _command(discord)
        answered.set()
        await in_icelandic
        assert await writing


def labels(*english: str) -> set[str]:
    return {speak("ja").label(each) for each in english}


async def test_a_message_for_everybody_is_in_its_askers_language_and_answers_to_others_in_theirs(
    discord: FakeDiscord, start_bot: StartBot, people: DiscordDriver, gateway: FakeCometAPI
) -> None:
    async with start_bot(**settings(discord)):
        gateway.hold()
        discord.world.locale = "ja"
        await people.imagine("a boat")
        drawing = await people.wait_for(lambda seen: set(seen.buttons) == labels("Stop"))
        discord.world.locale = "en-US"
        await people.press(drawing, *labels("Stop"), user="grace")
        await people.wait_for(lambda seen: seen.private and "Only the person who asked" in seen.text, user="grace")
        gateway.release()
        boat = await people.wait_for(lambda seen: bool(seen.images))
        assert labels("Again", "Edit prompt") <= set(boat.buttons)
        opened = await discord.answered(await discord.press(discord.world.messages[boat.id], *labels("Edit prompt")))
        assert opened["data"]["title"] == "Edit prompt"  # for one who reads English
        await people.history()
        page = await people.wait_for(lambda seen: seen.private and "newest first" in seen.text)
        assert any("Again" in label for label in page.buttons)
        discord.world.locale = "ja"
        await people.imagine("a fox --style loud")
        refusal = await people.wait_for(lambda seen: seen.private and "loud" in seen.text)
        assert "can't be" not in refusal.text


async def test_the_language_stays_through_a_restart_and_in_a_direct_message(
    discord: FakeDiscord, start_bot: StartBot, people: DiscordDriver, gateway: FakeCometAPI
) -> None:
    async with start_bot(**settings(discord), max_concurrent_jobs=1):
        gateway.hold()
        discord.world.locale = "ja"
        await people.imagine("a boat")
        await people.wait_for(lambda seen: set(seen.buttons) == labels("Stop"))
        await people.imagine("a kite")
        await people.wait_for(lambda seen: set(seen.buttons) == labels("Cancel"))
    discord.world.locale = "en-US"
    del discord.world.channels[CHANNEL]
    gateway.release()
    async with start_bot(**settings(discord)):
        direct = await people.wait_for(lambda seen: bool(seen.images) and seen.private)
    first, *_ = direct.text.splitlines()
    assert first == speak("ja").label("I couldn't post in {channel}, so here it is.", channel="#design")
    assert labels("Again", "Edit prompt") <= set(direct.buttons)
