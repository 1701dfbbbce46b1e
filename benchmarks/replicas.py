"""Two processes on one PostgreSQL: what a job costs them together, and whether each takes over the other's queue.

They have Slack, which sends each command to one of its connections.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from benchmarks.databases import Databases
from benchmarks.endtoend import JOBS, WARMING
from benchmarks.figure import Figure
from benchmarks.pairs import by_turns, compared, fewer
from benchmarks.processes import Bot, World, processor_seconds

_WAITING, _DRAWING, _AT_A_TIME = 24, 0.5, 4
_RATE = 20
_PATIENCE = 20.0
_OPEN = ("queued", "generating", "delivering")


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure one process and two by turns; then kill each of the two while jobs wait."""
    async with Databases.open() as databases, World.open() as other:
        async with (
            _bots(world, await databases.postgres(), 1) as one,
            _bots(other, await databases.postgres(), 2) as two,
        ):
            measures = partial(_processor, other, two), partial(_processor, world, one)
            pairs = await by_turns(fewer(rounds), *measures)
        url = await databases.postgres()
        async with _bots(other, url, 2, max_concurrent_jobs=_AT_A_TIME) as two:
            over = [await _take_over(other, url, killed) for killed in two]
    ratio, together, alone = compared(pairs)
    return [
        Figure(
            name="processor per job of two processes on PostgreSQL, to that of one",
            value=ratio,
            goal=1.1,
            detail=f"{1000 * together:.1f} ms to {1000 * alone:.1f} ms, over Slack",
        ),
        Figure(
            name="jobs left when one of two processes was killed",
            value=sum(each.left for each in over),
            goal=0,
            unit="",
            detail=(
                f"of {len(over) * _WAITING}, each killed once; {sum(each.unknown for each in over)} that it had at the "
                f"gateway ended as unknown; the last one {max(each.seconds for each in over):.1f} s later"
            ),
        ),
    ]


@asynccontextmanager
async def _bots(world: World, url: str, processes: int, **settings: Any) -> AsyncIterator[list[Bot]]:
    async with AsyncExitStack() as stack:
        images = stack.enter_context(tempfile.TemporaryDirectory())
        settings |= {"database_url": url, "image_store": images}
        bots = [await stack.enter_async_context(world.bot("slack", **settings)) for _ in range(processes)]
        await world.run(platform="slack", bot="", jobs=processes * WARMING, rate=_RATE, may_refuse=True)
        yield bots


async def _processor(world: World, bots: list[Bot]) -> float:
    """Return the seconds of processor for a job, of all processes."""
    before = sum(processor_seconds(bot.pid) for bot in bots)
    await world.run(platform="slack", bot="", jobs=JOBS, rate=_RATE)
    return (sum(processor_seconds(bot.pid) for bot in bots) - before) / JOBS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What became of the jobs: how many are left after so many seconds, and how many ended as unknown."""

    left: int
    unknown: int
    seconds: float


async def _take_over(world: World, url: str, killed: Bot) -> _Taken:
    """Kill this process while jobs wait and are drawn, look at what the other one does, and start it again."""
    unknown = (await _statuses(url)).get("unknown", 0)
    asked = {"platform": "slack", "bot": "", "only_acknowledgements": True}
    await world.run(**asked, jobs=_WAITING, delay=_DRAWING)
    killed.kill()
    began = time.monotonic()
    await killed.ended()
    while True:
        statuses = await _statuses(url)
        left, seconds = sum(statuses.get(status, 0) for status in _OPEN), time.monotonic() - began
        if not left or seconds > _PATIENCE:
            await killed.start()
            return _Taken(left=left, unknown=statuses.get("unknown", 0) - unknown, seconds=seconds)
        await asyncio.sleep(0.1)


async def _statuses(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return dict(await connection.fetch("SELECT status, count(*) FROM jobs GROUP BY status"))
    finally:
        await connection.close()
