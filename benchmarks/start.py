"""How long the bot takes to be ready, compared with importing only the two platform libraries."""

import asyncio
import sys
import time
from functools import partial
from statistics import median
from typing import Any

from benchmarks.figure import Figure
from benchmarks.pairs import by_turns
from benchmarks.processes import World

LIBRARIES = "import discord, slack_bolt.async_app, slack_sdk.socket_mode.async_client"


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure imports and starts alternately."""
    starts, imports = zip(*await by_turns(rounds, partial(_start, world), _import), strict=True)
    return [
        Figure(
            name="start to ready, to importing the libraries",
            value=median(start / floor for start, floor in zip(starts, imports, strict=True)),
            goal=1.5,
            why=(
                "beside the two libraries the bot needs SQLAlchemy, pydantic and Pillow, looks at its tables, logs in "
                "to both platforms and connects; Alembic, PostgreSQL's half and the sandbox are imported if needed."
            ),
            detail=f"{median(starts):.2f} s to {median(imports):.2f} s, Discord and Slack connected",
        )
    ]


async def _import() -> float:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", LIBRARIES)
    await process.wait()
    return time.monotonic() - began


async def _start(world: World) -> float:
    """Measure a second start, on the data of the first, because the first start also creates the tables."""
    slack: dict[str, Any] = {**world.settings("slack")}
    async with world.bot("discord", **slack) as bot:
        bot.kill()
        await bot.ended()
        began = time.monotonic()
        await bot.start()
        return time.monotonic() - began
