"""How much is written to the disk for each job, without its image, compared with the length of its row."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.endtoend import JOBS, WARMING
from benchmarks.figure import Figure
from benchmarks.picture import png
from benchmarks.processes import World, written_bytes

_WHY = (
    "SQLite writes whole pages to its log at each of a job's commits, 18 of 1 kB in all, of each index too, and a "
    "block of 4 kB in which one commit ends is written again by the next: 27 kB. A folder for each job takes 4 kB or "
    "more; docs/performance.md has all parts. A file system in memory counts nothing."
)


async def measure(world: World, rounds: int) -> list[Figure]:
    """Run jobs on one bot, whose files are in the folder for temporary ones."""
    written = []
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        async with world.bot("discord", database_url=f"sqlite:///{ledger}") as bot:
            await world.run(platform="discord", bot=bot.url, jobs=WARMING)
            for _ in range(rounds):
                before = written_bytes(bot.pid)
                await world.run(platform="discord", bot=bot.url, jobs=JOBS)
                written.append((written_bytes(bot.pid) - before) / JOBS)
        row = _row_bytes(ledger)
    image, each = len(png()), median(written)
    return [
        Figure(
            name="written to disk for a job beside its image, to its row",
            value=(each - image) / row,
            goal=20,
            why=_WHY,
            detail=f"{each / 1000:.0f} kB, of which the image has {image / 1000:.0f}; a row has {row / 1000:.1f} kB",
        )
    ]


def _row_bytes(ledger: Path) -> float:
    with closing(sqlite3.connect(ledger)) as connection:
        columns = [
            f'coalesce(length(CAST("{row[1]}" AS BLOB)), 0)' for row in connection.execute("PRAGMA table_info(jobs)")
        ]
        average = f"SELECT avg({' + '.join(columns)}) FROM jobs WHERE status = 'delivered'"
        return float(connection.execute(average).fetchone()[0])
