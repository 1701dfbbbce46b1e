"""What the totals have to be, counted job by job by the tables of the rules, and compared with what is stored."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.core.model import Fault, Status
from bot.core.rules.lifecycle import RESERVED, USED, Share
from storage.database.database import Database
from storage.ledger.rows import TEST
from storage.ledger.tables import jobs, totals
from tests.support.shares import billed, counted, in_doubt

Totals = Mapping[tuple[str, int, int], tuple[int, ...]]
"""Used, reserved, in doubt and billed, by scope, minutes and span, without those that are all zero."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def due(connection: Connection) -> Totals:
    """Return the sums over the ledger's jobs."""
    summed: dict[tuple[str, int, int], Counter[int]] = {}
    for job in connection.execute(select(jobs)):
        for scope in ("*", job.user_id):
            for minutes in (15, 24 * 60):
                key = (scope, minutes, (job.created_at - _EPOCH) // timedelta(minutes=minutes))
                summed.setdefault(key, Counter()).update(dict(enumerate(_counts(job))))
    found = {key: tuple(each[number] for number in range(4)) for key, each in summed.items()}
    return {key: counts for key, counts in found.items() if any(counts)}


def kept(connection: Connection) -> Totals:
    """Return what is stored."""
    return {tuple(row[:3]): tuple(row[3:]) for row in connection.execute(select(totals)) if any(row[3:])}


def wrong(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each total that isn't the sum over the ledger."""
    stored, wanted = kept(connection), due(connection)
    for key in sorted(stored.keys() | wanted.keys()):
        if stored.get(key) != wanted.get(key):
            yield f"the total of {key} is {stored.get(key)}, and the ledger has {wanted.get(key)}"


async def wrong_in(url: str) -> list[str]:
    """Return the same for the database at a URL."""
    async with Database.open(url) as database:
        return await database.read(lambda connection: list(wrong(connection)))


def _counts(job: Row[Any]) -> tuple[int, int, int, int]:
    if (job.asked_model or "").startswith(TEST):
        return 0, 0, 0, 0
    status, fault = Status(job.status), Fault(job.fault) if job.fault else None

    def images(share: Share) -> int:
        return counted(share, asked=job.n, made=job.images_made, sent=job.images_sent)

    return (
        images(USED[status]),
        images(RESERVED[status]),
        images(in_doubt(status, fault)),
        images(billed(status, fault)),
    )
