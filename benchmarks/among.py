"""Whether the same work costs more when the ledger has grown: all in the running month, with a budget to count."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from benchmarks.accepts import RUNNING
from benchmarks.endtoend import WARMING, Run, compared_speed, watched
from benchmarks.figure import Figure
from benchmarks.jobs import LIMITS, NO_HOLD, new_job
from benchmarks.ledgers import EAGER, FEW, MANY, MORE, OF_EAGER, OF_SOME, SOME, opened
from benchmarks.pairs import by_turns, compared
from benchmarks.processes import World
from bot.core.ledger import Admission

BUDGET = 10**9
_AT_ONCE = 20
_ACCEPTS = 20


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure whole bots, and then accepts of single people."""
    return [*await _bots(world, rounds), await _people(world, rounds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What one bot did in one turn: its jobs; and of `_AT_ONCE` commands, how many it refused, and the longest wait."""

    run: Run
    refused: int
    slowest: float


async def _bots(world: World, rounds: int) -> list[Figure]:
    sizes = (FEW, MORE, MANY)
    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(_bot(world, jobs)) for jobs in sizes]
        turns = await by_turns(rounds, *bots)
    slower, slowest, least = compared([(many.slowest, few.slowest) for few, _, many in turns])
    return [
        *(
            compared_speed(
                f"jobs/s among {jobs:,} jobs, to among {FEW:,}", 0.9, [(turn[place].run, turn[0].run) for turn in turns]
            )
            for place, jobs in enumerate(sizes)
            if place
        ),
        Figure(
            name=f"refused of {_AT_ONCE} commands at once, among {MANY:,} jobs",
            value=max(many.refused for _, _, many in turns),
            goal=0,
            unit="",
            detail="in the worst round",
        ),
        Figure(
            name=f"the slowest of {_AT_ONCE} commands at once among {MANY:,} jobs, to among {FEW:,}",
            value=slower,
            goal=2,
            detail=f"{1000 * slowest:.0f} ms to {1000 * least:.0f} ms",
        ),
    ]


@asynccontextmanager
async def _bot(world: World, jobs: int) -> AsyncIterator[Callable[[], Awaitable[_Turn]]]:
    """Run a bot on a ledger with so many jobs, with servers of its own."""
    url = f"sqlite:///{await world.ledgers.copy(jobs)}"
    async with (
        World.open() as own,
        own.bot("discord", database_url=url, budget_images=BUDGET, quota_period="month") as bot,
    ):
        await own.run(platform="discord", bot=bot.url, jobs=WARMING)
        yield lambda: _turn(own, bot.url, bot.pid)


async def _turn(world: World, url: str, pid: int) -> _Turn:
    at_once = await world.run(platform="discord", bot=url, jobs=_AT_ONCE, may_refuse=True)
    run = await watched(world, "discord", url, pid, may_refuse=True)
    return _Turn(run=run, refused=at_once["refused"], slowest=max(at_once["waits"]))


async def _people(world: World, rounds: int) -> Figure:
    async with opened(await world.ledgers.copy(MORE)) as storage:
        numbers = count(1)
        accepts = [partial(_accept, storage.jobs, user, numbers) for user in (EAGER, SOME)]
        pairs = await by_turns(rounds, *accepts)
    ratio, eager, some = compared(pairs)
    return Figure(
        name=f"accepting a job of a person with {OF_EAGER:,} jobs, to one of a person with {OF_SOME}",
        value=ratio,
        goal=2,
        detail=f"processor {1000 * eager:.1f} ms to {1000 * some:.1f} ms",
    )


async def _accept(jobs: Admission, user: str, numbers: "count[int]") -> float:
    """Return the seconds of processor for an accept."""
    began = time.process_time()
    for _ in range(_ACCEPTS):
        job = new_job(next(numbers))
        theirs = replace(job, origin=replace(job.origin, user=replace(job.origin.user, id=user)))
        await jobs.accept(theirs, LIMITS, hold=NO_HOLD, max_running=RUNNING)
    return (time.process_time() - began) / _ACCEPTS
