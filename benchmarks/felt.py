"""What people feel: the time from the command to the image, less the gateway's own, while nothing else is asked.

The bare script needs no command: it begins by itself.
"""

import asyncio
from asyncio.subprocess import Process
from functools import partial
from statistics import median

from benchmarks.endtoend import WARMING, bare_run
from benchmarks.figure import Figure
from benchmarks.pairs import by_turns, compared
from benchmarks.processes import World, module

PLATFORMS = ("discord", "slack")
_DRAWING, _RESTING = 0.3, 0.15
_COMMANDS = 3


async def measure(world: World, rounds: int) -> list[Figure]:
    """Ask for single images, of the bot and of the bare script by turns."""
    figures = []
    for platform in PLATFORMS:
        async with world.bot(platform) as bot, module("benchmarks.bare", platform, str(world.port)) as (script, _):
            await world.run(platform=platform, bot=bot.url, jobs=WARMING)
            await bare_run(script, WARMING)
            pairs = await by_turns(
                rounds, partial(_bot_milliseconds, world, platform, bot.url), partial(_bare_milliseconds, world, script)
            )
        ratio, felt, floor = compared(pairs)
        figures.append(
            Figure(
                name=f"from command to image over {platform}, to the bare script's",
                value=ratio,
                goal=1.5,
                detail=f"{felt:.0f} ms to {floor:.0f} ms beside the gateway's own {1000 * _DRAWING:.0f} ms, at rest",
            )
        )
    return figures


async def _bot_milliseconds(world: World, platform: str, url: str) -> float:
    waits: list[float] = []
    for _ in range(_COMMANDS):
        await asyncio.sleep(_RESTING)
        notified = await world.run(platform=platform, bot=url, jobs=1, delay=_DRAWING)
        waits.append(notified["seconds"] - notified["drew"])
    return 1000 * median(waits)


async def _bare_milliseconds(world: World, script: Process) -> float:
    waits = []
    for _ in range(_COMMANDS):
        await asyncio.sleep(_RESTING)
        await world.drawing(_DRAWING)
        run = await bare_run(script, 1, at_a_time=1)
        waits.append(run.seconds - await world.drawing(0))
    return 1000 * median(waits)
