"""How long the bot takes to be ready, compared with importing only the two platform libraries; and short commands."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL
from functools import partial
from statistics import median
from typing import Any

from benchmarks.figure import Figure
from benchmarks.pairs import by_turns
from benchmarks.processes import World, processor_seconds
from tests.support.process import environment

LIBRARIES = "import discord, slack_bolt.async_app, slack_sdk.socket_mode.async_client"
COMMANDS = (("--version",), ("doctor", "--help"), ("slack-manifest",))


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure starts and imports by turns, and then the commands by turns."""
    libraries = partial(_seconds, "-c", LIBRARIES)
    pairs = await by_turns(rounds, partial(_start, world), libraries)
    (start, start_cpu), (floor, floor_cpu) = (_medians(runs) for runs in zip(*pairs, strict=True))
    commands = await by_turns(rounds, *(partial(_seconds, "-m", "bot", *command) for command in COMMANDS))
    return [
        Figure(
            name="start to ready, to importing the libraries",
            value=median(ready[0] / imported[0] for ready, imported in pairs),
            goal=1.5,
            why=(
                "beside the two libraries the bot imports SQLAlchemy, which takes a third of their time, pydantic, "
                "a sixth, and its own 310 modules, which take nearly half: for each of their 79 frozen dataclasses "
                "Python compiles six methods, a sixth of all that the bot adds; it looks at its tables, logs in to "
                "both platforms, and connects."
            ),
            detail=f"{start:.2f} s to {floor:.2f} s, processor {start_cpu:.2f} s to {floor_cpu:.2f} s; both connected",
        ),
        *(
            Figure(
                name=f"processor of imagine-bot {' '.join(command)}",
                value=used,
                goal=0.25,
                unit="s",
                detail=f"{seconds:.2f} s from its start to its end",
            )
            for command, runs in zip(COMMANDS, zip(*commands, strict=True), strict=True)
            for seconds, used in [_medians(runs)]
        ),
    ]


def _medians(runs: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    seconds, used = zip(*runs, strict=True)
    return median(seconds), median(used)


async def _seconds(*arguments: str) -> tuple[float, float]:
    """Run Python to its end, without the machine's own settings. Return its seconds, and its seconds of processor."""
    began, before = time.monotonic(), os.times()
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment({}), stdout=DEVNULL)
    await process.wait()
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, used


async def _start(world: World) -> tuple[float, float]:
    """Measure a second start, on the data of the first, because the first start also creates the tables."""
    slack: dict[str, Any] = {**world.settings("slack")}
    async with world.bot("discord", **slack) as bot:
        bot.kill()
        await bot.ended()
        began = time.monotonic()
        await bot.start()
        return time.monotonic() - began, processor_seconds(bot.pid)
