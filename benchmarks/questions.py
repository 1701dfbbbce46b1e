"""The most common queries, a page of history and the quota, among a million jobs and among a thousand."""

import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.accepts import RUNNING
from benchmarks.figure import Figure
from benchmarks.jobs import LIMITS, NO_HOLD, WINDOW, new_job
from benchmarks.pairs import by_turns
from benchmarks.processes import World
from bot.core.clock import SystemClock
from bot.core.ledger import Ledger
from storage import open_storage
from storage.database.database import Database

FEW, MANY = 1_000, 1_000_000
_OF_EACH = 100
_TIMES = 200
_MEMBER = "user-0-"


async def measure(_: World, rounds: int) -> list[Figure]:
    """Fill both databases once, then query them alternately."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        for folder, size in ((few, FEW), (many, MANY)):
            await _fill(Path(folder) / "ledger.db", size)
        async with _opened(few) as small, _opened(many) as large:
            return [
                await _figure(
                    "history page", lambda jobs: jobs.history(_MEMBER, size=4), small.jobs, large.jobs, rounds
                ),
                await _figure("quota check", lambda jobs: jobs.usage(_MEMBER, WINDOW), small.jobs, large.jobs, rounds),
            ]


def _opened(folder: str):  # type: ignore[no-untyped-def]  # what open_storage returns
    return open_storage(
        database_url=f"sqlite:///{folder}/ledger.db", image_store=f"{folder}/images", clock=SystemClock()
    )


async def _figure(
    name: str, ask: Callable[[Ledger], Awaitable[object]], small: Ledger, large: Ledger, rounds: int
) -> Figure:
    pairs = await by_turns(rounds, partial(_seconds, ask, small), partial(_seconds, ask, large))
    few, many = (1000 * median(values) for values in zip(*pairs, strict=True))
    return Figure(
        name=f"{name} among {MANY:,} jobs, to among {FEW:,}",
        value=median(large / small for small, large in pairs),
        goal=2,
        detail=f"{many:.2f} ms to {few:.2f} ms",
    )


async def _seconds(ask: Callable[[Ledger], Awaitable[object]], jobs: Ledger) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.monotonic()
        await ask(jobs)
        taken.append(time.monotonic() - began)
    return median(taken)


async def _fill(path: Path, size: int) -> None:
    """Multiply one job, as delivered: `_OF_EACH` for each user, spread over the last month."""
    async with Database.open(f"sqlite:///{path}"):
        pass
    async with _opened(str(path.parent)) as storage:
        await storage.jobs.accept(new_job(0), LIMITS, hold=NO_HOLD, max_running=RUNNING)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        asked = f"created_at - (number % {_OF_EACH}) * 26000000000"
        changed = {
            "id": "printf('%026d', number)",
            "key": "'key-' || number",
            "user_id": f"'user-' || (number / {_OF_EACH}) || '-'",
            "status": "'delivered'",
            "told": "1",
            "images_made": "1",
            "created_at": asked,
            "started_at": asked,
            "ended_at": f"{asked} + 9000000",
        }
        names = [row[1] for row in connection.execute("PRAGMA table_info(jobs)")]
        values = ", ".join(changed.get(name, f'"{name}"') for name in names)
        numbers = f"numbers(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers LIMIT {size})"
        connection.execute(
            f"WITH RECURSIVE {numbers} INSERT INTO jobs SELECT {values} FROM numbers, jobs WHERE id = 'job-0-'"
        )
        connection.execute("DELETE FROM jobs WHERE id = 'job-0-'")
        connection.commit()
