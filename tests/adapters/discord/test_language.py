"""A language is read beside the event loop, whatever kind of interaction is the first in it."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
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

    def write_later() -> float:
        time.sleep(0.5)
        began = time.monotonic()
        catalogue.write_text(ICELANDIC, "utf-8")
        return began

    async with start_bot(**settings(discord), language_folder=str(catalogue.parent)):
        writing = asyncio.create_task(asyncio.to_thread(write_later))
        discord.world.locale = (
            "is"  # which Discord doesn't have yet: those that it has are read to register the commands
        )
        in_icelandic = asyncio.create_task(first(discord))
        await asyncio.sleep(0.1)
        discord.world.locale = "en-US"
        await _command(discord)
        answered = time.monotonic()
        await in_icelandic
        assert answered < await writing
