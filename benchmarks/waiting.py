"""What it costs that many wait: the processor of a minute in which 1,000 jobs wait, and of one in which 20 do.

One image is drawn every few seconds, so that all places move, and people are told. Both bots run at the same time,
since they use the processor very little.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.figure import Figure
from benchmarks.pairs import compared
from benchmarks.processes import World, processor_seconds

FEW, MANY = 20, 1_000
_DRAWING = 3.0
_RATE = 200
_SETTLING = 5.0


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure for as long as an image takes, once a round."""
    async with World.open() as other, _waiting(world, FEW, rounds) as some, _waiting(other, MANY, rounds) as thousand:
        await asyncio.sleep(_SETTLING)
        pairs = []
        for _ in range(rounds):
            before = processor_seconds(thousand), processor_seconds(some)
            await asyncio.sleep(_DRAWING)
            pairs.append((processor_seconds(thousand) - before[0], processor_seconds(some) - before[1]))
    (ratio, many, few), each = compared(pairs), 60 / _DRAWING
    return [
        Figure(
            name=f"processor while {MANY:,} wait, to while {FEW} wait",
            value=ratio,
            goal=1.5,
            detail=f"{many * each:.1f} s a minute to {few * each:.1f} s; an image every {_DRAWING:.0f} s",
        )
    ]


@asynccontextmanager
async def _waiting(world: World, waiting: int, rounds: int) -> AsyncIterator[int]:
    """Yield the process of a new bot in which so many wait on average."""
    async with world.bot("discord", max_concurrent_jobs=1) as bot:
        asked = {"platform": "discord", "bot": bot.url, "only_acknowledgements": True}
        await world.run(**asked, jobs=waiting + rounds // 2, rate=_RATE, delay=_DRAWING, within=60)
        yield bot.pid
