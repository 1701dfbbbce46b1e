"""The ledger and the image store, read beside the bot or after it."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from bot.core.clock import SystemClock
from bot.core.model import OPEN, Job, Usage
from storage import Storage, open_storage
from storage.ledger.rows import job_of
from storage.ledger.tables import jobs
from tests.support.builders import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All jobs, all images by key, and what the repository says of each user's quota."""

    jobs: Sequence[Job]
    images: Mapping[str, bytes]
    usage: Mapping[str, Usage]


async def read(folder: Path) -> Ledger:
    """Read everything, once no bot runs."""
    url, images = f"sqlite:///{folder}/imagine.db", str(folder / "images")
    clock = SystemClock()
    async with open_storage(database_url=url, image_store=images, clock=clock) as storage:
        found = await storage.database.read(_all)
        today = day_of(clock.now())
        users = {job.origin.user.id for job in found}
        return Ledger(
            jobs=found,
            images={image.key: await _bytes(storage, image.key) for job in found for image in job.images},
            usage={user: await storage.jobs.usage(user, today) for user in users},
        )


async def unsettled(folder: Path) -> bool:
    """Whether anything is left to do for any job."""
    return await asyncio.to_thread(_unsettled, folder / "imagine.db")


def _unsettled(path: Path) -> bool:
    statuses = ", ".join(f"'{status}'" for status in OPEN)
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        (left,) = connection.execute(f"SELECT count(*) FROM jobs WHERE status IN ({statuses}) OR NOT told").fetchone()
    return bool(left)


def _all(connection: Connection) -> list[Job]:
    return [job_of(row) for row in connection.execute(select(jobs).order_by(jobs.c.id))]


async def _bytes(storage: Storage, key: str) -> bytes:
    try:
        return await storage.images.get(key)
    except KeyError:
        return b""
