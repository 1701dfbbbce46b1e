"""The ledger and the image store, read beside the bot or after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from bot.core.clock import SystemClock
from bot.core.errors import ImageGone
from bot.core.model import Job, Usage
from storage import Storage, open_storage
from storage.ledger.rows import job_of
from storage.ledger.tables import jobs
from tests.support.builders import day_of
from tests.support.totals import wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All jobs, all images by key, what the repository says of each user's quota, and which totals are wrong."""

    jobs: Sequence[Job]
    images: Mapping[str, bytes]
    usage: Mapping[str, Usage]
    wrong_totals: Sequence[str]


async def read(url: str, images: Path) -> Ledger:
    """Read everything, once no bot runs."""
    clock = SystemClock()
    async with open_storage(database_url=url, image_store=str(images), clock=clock) as storage:
        found = await storage.database.read(_all)
        today = day_of(clock.now())
        users = {job.origin.user.id for job in found}
        return Ledger(
            jobs=found,
            images={image.key: await _bytes(storage, image.key) for job in found for image in job.images},
            usage={user: await storage.jobs.usage(user, today) for user in users},
            wrong_totals=await storage.database.read(lambda connection: list(wrong(connection))),
        )


def _all(connection: Connection) -> list[Job]:
    return [job_of(row) for row in connection.execute(select(jobs).order_by(jobs.c.id))]


async def _bytes(storage: Storage, key: str) -> bytes:
    try:
        return await storage.images.get(key)
    except ImageGone:
        return b""
