"""Ledgers with many jobs, all delivered in the running month: each size is made once, and copied."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks.accepts import RUNNING
from benchmarks.jobs import LIMITS, MONTH, NO_HOLD, new_job
from bot.core.clock import SystemClock
from storage.open import Storage, open_storage

FEW, MORE, MANY = 1_000, 100_000, 1_000_000
OF_EACH, ANYBODY = 100, "user-0-"
"""How many jobs each person has, and a person who is in each ledger."""
OF_SOME, SOME = 200, "user-some-"
OF_EAGER, EAGER = 20_000, "user-eager-"
"""Two people of the larger ledgers who have other numbers of jobs."""


class Ledgers:
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    @classmethod
    @asynccontextmanager
    async def new(cls) -> AsyncIterator["Ledgers"]:
        """Keep them in a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="ledgers") as folder:
            yield cls(Path(folder))

    async def copy(self, jobs: int) -> Path:
        """Return a file with so many jobs, to be changed at will."""
        filled = self._folder / f"{jobs}" / "ledger.db"
        if not filled.exists():
            await _fill(filled, jobs)
        copy = self._folder / f"copy-{next(self._numbers)}" / "ledger.db"
        copy.parent.mkdir()
        await asyncio.to_thread(shutil.copyfile, filled, copy)
        return copy


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Storage]:
    """Open the storage of a ledger."""
    async with open_storage(
        database_url=f"sqlite:///{path}", image_store=f"{path.parent}/images", clock=SystemClock()
    ) as storage:
        yield storage


async def _fill(path: Path, jobs: int) -> None:
    """Multiply one delivered job. The jobs of each person are spread over the month."""
    async with opened(path) as storage:
        await storage.jobs.accept(new_job(0), LIMITS, hold=NO_HOLD, max_running=RUNNING)
    await asyncio.to_thread(_multiply, path, jobs)


def _multiply(path: Path, jobs: int) -> None:
    begins, ends = (round(1_000_000 * moment.timestamp()) for moment in (MONTH.start, datetime.now(UTC)))
    asked = f"{begins} + number * {(ends - begins) // jobs}"
    person = f"'user-' || (number % {jobs // OF_EACH}) || '-'"
    if jobs >= MORE:
        others = f"WHEN number < {OF_EAGER} THEN '{EAGER}' WHEN number < {OF_EAGER + OF_SOME} THEN '{SOME}'"
        person = f"CASE {others} ELSE {person} END"
    changed = {
        "id": "printf('%026d', number)",
        "key": "'key-' || number",
        "user_id": person,
        "status": "'delivered'",
        "told": "1",
        "images_made": "1",
        "created_at": asked,
        "started_at": asked,
        "ended_at": f"{asked} + 9000000",
    }
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        names = [row[1] for row in connection.execute("PRAGMA table_info(jobs)")]
        values = ", ".join(changed.get(name, f'"{name}"') for name in names)
        numbers = f"numbers(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers LIMIT {jobs})"
        connection.execute(
            f"WITH RECURSIVE {numbers} INSERT INTO jobs SELECT {values} FROM numbers, jobs WHERE id = 'job-0-'"
        )
        connection.execute("DELETE FROM jobs WHERE id = 'job-0-'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
