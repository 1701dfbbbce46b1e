"""Accepts per second, as `/imagine` makes them. `python -m benchmarks.accepts DATABASE_URL` prints one measurement."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from benchmarks.jobs import LIMITS, NO_HOLD, new_job
from bot.core.clock import SystemClock
from bot.core.ledger import Admission
from storage import open_storage

ACCEPTS, CALLERS = 600, 32
RUNNING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """One run of `ACCEPTS` accepts: how many in a second, and how many in a second of processor time."""

    per_second: float
    per_cpu_second: float


async def accept(jobs: Admission, number: int) -> None:
    """Accept a job, and learn its position in the queue."""
    await jobs.accept(new_job(number), LIMITS, hold=NO_HOLD, max_running=RUNNING)


async def per_second(work: Callable[[int], Awaitable[object]]) -> float:
    """Run `work` with each of the numbers from 1 to `ACCEPTS`, `CALLERS` at a time. Return how many in a second."""
    numbers = iter(range(1, ACCEPTS + 1))

    async def call() -> None:
        for number in numbers:
            await work(number)

    began = time.monotonic()
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return ACCEPTS / (time.monotonic() - began)


async def measure(url: str) -> Accepts:
    """Measure on one database, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_storage(database_url=url, image_store=f"{folder}/images", clock=SystemClock()) as storage:
            jobs = storage.jobs
            await accept(jobs, 0)  # connect, build the statements
            used = time.process_time()
            speed = await per_second(lambda number: accept(jobs, number))
            return Accepts(per_second=speed, per_cpu_second=ACCEPTS / (time.process_time() - used))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(measure(sys.argv[1])))))
