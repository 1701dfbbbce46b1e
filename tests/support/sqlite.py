"""What a test reads from a SQLite ledger behind the bot's back."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path


def asked_in(path: Path) -> list[tuple[str | None, ...]]:
    """Return the community, the channel and the parent channel of each job, in the order of the jobs."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT community, channel, parent_channel FROM jobs ORDER BY id").fetchall()


def statuses(path: Path) -> list[str]:
    """Return the status of each job, in the order of the jobs."""
    with closing(sqlite3.connect(path)) as database:
        return [status for (status,) in database.execute("SELECT status FROM jobs ORDER BY id")]


async def until_all_are(path: Path, status: str) -> None:
    """Wait until the ledger, too, says of each job what people see: an image is seen before it counts as delivered."""
    async with asyncio.timeout(60):
        while set(statuses(path)) != {status}:
            await asyncio.sleep(0.01)


def sent_in(path: Path) -> list[int | None]:
    """Return for how many images each job was sent, in the order of the jobs."""
    with closing(sqlite3.connect(path)) as database:
        return [sent for (sent,) in database.execute("SELECT images_sent FROM jobs ORDER BY id")]


def revision(path: Path) -> str:
    """Return which migrations a database has."""
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found)
