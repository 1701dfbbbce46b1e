"""What it costs that many wait: the processor of a minute in which 1,000 jobs wait, and of one in which 20 do.

One image is drawn every few seconds, so that all places move, and people are told.
"""

import asyncio
from statistics import median

from benchmarks.figure import Figure
from benchmarks.processes import World, processor_seconds

FEW, MANY = 20, 1_000
_MEASURED = 30.0
_DRAWING = 3.0
_RATE = 200
_SETTLING = 5.0


async def measure(world: World, runs: int) -> list[Figure]:
    """Measure both, by turns."""
    pairs = [(await _processor(world, FEW), await _processor(world, MANY)) for _ in range(runs)]
    few, many = (median(values) for values in zip(*pairs, strict=True))
    return [
        Figure(
            name=f"processor while {MANY:,} wait, to while {FEW} wait",
            value=median(much / little for little, much in pairs),
            goal=1.5,
            detail=f"{many:.1f} s a minute to {few:.1f} s; an image every {_DRAWING:.0f} s",
        )
    ]


async def _processor(world: World, waiting: int) -> float:
    """Return the seconds of processor that a new bot uses in a minute."""
    async with world.bot("discord", max_concurrent_jobs=1) as bot:
        asked = {"platform": "discord", "bot": bot.url, "only_acknowledgements": True}
        await world.run(**asked, jobs=waiting + round(_MEASURED / _DRAWING / 2), rate=_RATE, delay=_DRAWING, within=60)
        await asyncio.sleep(_SETTLING)
        before = processor_seconds(bot.pid)
        await asyncio.sleep(_MEASURED)
        return (processor_seconds(bot.pid) - before) * 60 / _MEASURED
