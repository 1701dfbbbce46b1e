"""A chat that neither `bot/` nor `adapters/` knows: the whole bot runs on it, given its one value and its settings."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.cli.assembly import running
from bot.cli.commands import nothing_set
from bot.cli.doctor import check_groups
from bot.cli.platforms import PLATFORMS
from bot.core.doctor import run_checks
from bot.settings import Settings
from tests.conftest import BotSettings
from tests.example_chat.platform import PLATFORM
from tests.example_chat.settings import LinesSettings
from tests.fakes.cometapi import FakeCometAPI
from tests.support.process import free_port

Message = dict[str, Any]
WITH_LINES = (*PLATFORMS, PLATFORM)


class AllSettings(LinesSettings, Settings):
    """The bot's settings, and those of the chat."""


class Typist:
    """A person on the chat, and the messages that they see now."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.seen: dict[str, Message] = {}

    def type(self, line: str) -> None:
        self._writer.write(f"{line}\n".encode())

    async def wait_for(self, predicate: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(60):
            while True:
                for message in reversed(self.seen.values()):
                    if predicate(message):
                        return message
                shown = json.loads(await self._reader.readline())
                self.seen[shown["id"]] = shown


@asynccontextmanager
async def connected(port: int, name: str) -> AsyncIterator[Typist]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    typist = Typist(reader, writer)
    typist.type(name)
    try:
        yield typist
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.fixture
def settings(bot_settings: BotSettings) -> AllSettings:
    given = bot_settings(quota_images=4, max_concurrent_jobs=1).model_dump(exclude_unset=True)
    return AllSettings.model_validate({**given, "lines_port": free_port()})


@pytest.fixture
async def ada(settings: AllSettings) -> AsyncIterator[Typist]:
    async with running(settings, platforms=WITH_LINES) as bot:
        async with asyncio.timeout(60):
            while not await bot.ready():
                await asyncio.sleep(0.02)
        async with connected(settings.lines_port or 0, "ada") as typist:
            yield typist


def says(words: str) -> Callable[[Message], bool]:
    return lambda message: words in message["text"]


def pressed(message: Message, label: str) -> str:
    found: str = next(button["send"] for button in message["buttons"] if button["label"] == label)
    return found


async def test_an_image_is_queued_and_takes_the_place_of_its_message(ada: Typist, gateway: FakeCometAPI) -> None:
    gateway.hold()
    ada.type("/imagine a paper boat --size landscape")
    queued = await ada.wait_for(says("in the queue"))
    assert queued["images"] == []
    await ada.wait_for(says("Drawing"))
    gateway.release()
    boat = await ada.wait_for(lambda message: bool(message["images"]))
    assert base64.b64decode(boat["images"][0]).startswith(b"\x89PNG")
    assert boat["id"] == queued["id"]
    assert gateway.requests[0].body["size"] == "1792x1024"

    ada.type(pressed(boat, "Edit prompt"))
    asked = await ada.wait_for(says("!again"))
    ada.type(asked["text"].removeprefix("Prompt: ").replace("a paper boat", "a red kite"))
    await ada.wait_for(lambda message: bool(message["images"]) and "a red kite" in message["text"])

    ada.type("/quota")
    await ada.wait_for(says("2 of 4 images left"))
    ada.type("/history")
    page = await ada.wait_for(says("newest first"))
    assert page["text"].index("a red kite") < page["text"].index("a paper boat")
    assert len(page["images"]) == 2


async def test_a_waiting_job_is_cancelled_by_its_button(ada: Typist, gateway: FakeCometAPI) -> None:
    gateway.hold()
    ada.type("/imagine a paper boat")
    await ada.wait_for(says("Drawing"))
    ada.type("a lighthouse")
    waiting = await ada.wait_for(lambda message: says("a lighthouse")(message) and says("in the queue")(message))
    ada.type(pressed(waiting, "Cancel"))
    cancelled = await ada.wait_for(says("Cancelled while waiting"))
    assert cancelled["id"] == waiting["id"]
    gateway.release()
    await ada.wait_for(lambda message: bool(message["images"]))
    assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat"]


async def test_a_refusal_says_what_was_wrong(ada: Typist, gateway: FakeCometAPI) -> None:
    ada.type("/imagine a boat --style")
    await ada.wait_for(says("--style needs a value"))
    ada.type("/draw a boat")
    await ada.wait_for(says("There is no command draw"))
    assert gateway.requests == []


async def test_operators_read_of_it_where_they_read_of_platforms(settings: AllSettings) -> None:
    assert "  Lines: LINES_PORT" in map(str, nothing_set(WITH_LINES))
    async with check_groups(settings, WITH_LINES) as groups:
        checks = {check.name: check.detail for check in await run_checks(groups)}
    assert str(checks["platform settings"]) == "Lines"
