"""The most common queries, a page of history and the quota, among a million jobs and among a thousand."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median

from benchmarks.figure import Figure
from benchmarks.jobs import MONTH
from benchmarks.ledgers import ANYBODY, FEW, MANY, opened
from benchmarks.pairs import by_turns, compared
from benchmarks.processes import World
from bot.core.ledger import Ledger

_TIMES = 200


async def measure(world: World, rounds: int) -> list[Figure]:
    """Ask both ledgers by turns."""
    async with opened(await world.ledgers.copy(FEW)) as small, opened(await world.ledgers.copy(MANY)) as large:
        return [
            await _figure("history page", lambda jobs: jobs.history(ANYBODY, size=4), small.jobs, large.jobs, rounds),
            await _figure("quota check", lambda jobs: jobs.usage(ANYBODY, MONTH), small.jobs, large.jobs, rounds),
        ]


async def _figure(
    name: str, ask: Callable[[Ledger], Awaitable[object]], small: Ledger, large: Ledger, rounds: int
) -> Figure:
    pairs = await by_turns(rounds, partial(_milliseconds, ask, large), partial(_milliseconds, ask, small))
    ratio, many, few = compared(pairs)
    return Figure(
        name=f"{name} among {MANY:,} jobs, to among {FEW:,}",
        value=ratio,
        goal=2,
        detail=f"{many:.2f} ms to {few:.2f} ms",
    )


async def _milliseconds(ask: Callable[[Ledger], Awaitable[object]], jobs: Ledger) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.monotonic()
        await ask(jobs)
        taken.append(time.monotonic() - began)
    return 1000 * median(taken)
