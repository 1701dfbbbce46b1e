"""A burst: hundreds of commands within one second, while images are decoded and stored, and nobody is kept waiting."""

import asyncio
import base64
import io
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from tests.fakes.cometapi import FakeCometAPI, Says, Waits
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_world import Interaction
from tests.support.process import BotProcess

COMMANDS = 300
IN_FLIGHT = 8
# Discord gives 3 s; one of them is left for the way there and back.
DEADLINE = 2.0
# Long enough for the fakes, which take the uploads in the process that sends the commands, to send them in a second.
_DRAWING = 0.4

pytestmark = pytest.mark.alone


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@pytest.fixture
async def bot(tmp_path: Path, gateway: FakeCometAPI, discord: FakeDiscord) -> AsyncIterator[BotProcess]:
    bot = BotProcess(
        tmp_path,
        {
            "cometapi_key": "sk-test",
            "cometapi_base_url": gateway.base_url,
            "max_concurrent_jobs": IN_FLIGHT,
            "shutdown_grace": 10,
            "log_level": "warning",
            **settings(discord),
        },
    )
    await bot.start()
    yield bot
    await bot.stop()  # killed, it would leave uploads cut in two


async def test_every_command_of_a_burst_is_acknowledged_in_time(
    bot: BotProcess, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    discord.world.acknowledgement_seconds = DEADLINE  # what comes later is refused
    gateway.will(*[Waits(seconds=_DRAWING, answer=_megabyte())] * (COMMANDS + 5 * IN_FLIGHT))
    before = [await _ask(discord, f"early-{number}") for number in range(4 * IN_FLIGHT)]
    await discord.until(lambda: sum(_has_image(discord, early) for early in before) >= IN_FLIGHT)

    asked = await _burst(discord)
    with suppress(TimeoutError):
        await discord.until(lambda: all(interaction.response for interaction in asked), 2 * DEADLINE)
    assert all(interaction.response and interaction.original for interaction in asked), (
        f"{sum(interaction.response is None for interaction in asked)} were missed: {bot.log()[-2000:]}"
    )
    assert await _jobs(bot) == COMMANDS + len(before)


async def _burst(discord: FakeDiscord) -> Sequence[Interaction]:
    began = time.monotonic()
    asked = []
    for number in range(COMMANDS):
        await asyncio.sleep(began + number / COMMANDS - time.monotonic())
        asked.append(await _ask(discord, f"person-{number}"))
    return asked


async def _ask(discord: FakeDiscord, person: str) -> Interaction:
    return await discord.command("imagine", {"prompt": "a paper boat"}, person=person)


async def _jobs(bot: BotProcess) -> int:
    """Count the jobs in the bot's ledger."""
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/metrics") as response:
        return sum(int(float(count)) for count in re.findall(r'_jobs\{status="\w+"\} (\S+)', await response.text()))


def _has_image(discord: FakeDiscord, interaction: Interaction) -> bool:
    message = discord.world.messages.get(interaction.original or "")
    return message is not None and bool(message.attachments)


def _megabyte() -> Says:
    """Answer with an image of a megabyte."""
    file = io.BytesIO()
    Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3)).save(file, "PNG", compress_level=1)
    assert len(file.getvalue()) > 1_000_000
    item = {"b64_json": base64.b64encode(file.getvalue()).decode()}
    return Says(body={"created": 1781075000, "data": [item]})
