"""Questions about the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, cast, func, literal, select, tuple_, union_all

from bot.core.model import OPEN, Job, Status, Usage, Window
from storage.ledger import totals
from storage.ledger.constants import fixed
from storage.ledger.tables import NOT_DELIVERED, UNFINISHED, Microseconds, jobs

_COUNTED = select(jobs.c.status, func.count()).group_by(jobs.c.status)
_COUNTS = fixed(
    union_all(
        _COUNTED.where(UNFINISHED, jobs.c.status.in_(sorted(OPEN))),
        # Without GROUP BY, since these are by far the most.
        select(literal(Status.DELIVERED.value), func.count()).where(jobs.c.status == Status.DELIVERED),
        _COUNTED.where(NOT_DELIVERED),
    )
)
"""Three questions, since each has an index of its own."""


@cache
def _usage(*, by_totals: bool) -> Select[Any]:
    return select(totals.sums(totals.USER, by_totals=by_totals))


@cache
def _doubt() -> Select[int]:
    from storage.ledger.counted import COUNTED, SUMS  # here, since to build the sums takes a while, and few need them

    return select(SUMS["doubt"]).where(
        jobs.c.user_id == bindparam("user"),
        jobs.c.created_at >= bindparam("since", type_=Microseconds),
        COUNTED,
        tuple_(jobs.c.created_at, jobs.c.id) < tuple_(bindparam("at", type_=Microseconds), bindparam("job_id")),
    )


def usage(connection: Connection, user_id: str, window: Window) -> Usage:
    """Sum a user's images in the window."""
    found = connection.execute(_usage(by_totals=totals.fit(window)), {"user": user_id, **totals.bounds(window)}).one()
    return Usage(used=int(found.used), reserved=int(found.reserved), doubt=int(found.doubt))


def earlier_doubt(connection: Connection, job: Job, window: Window) -> int:
    """Return how many images in doubt a job's asker had in the window before this job."""
    user, since, whole = job.origin.user.id, window.start, 0
    if totals.fit(window):
        # The totals have all but the last minutes before the job.
        since = max(since, totals.begin_of_quarter(job.created_at))
        whole = usage(connection, user, Window(start=window.start, end=since)).doubt
    at = {"at": job.created_at, "job_id": job.id}
    return whole + int(connection.scalar(_doubt(), {"user": user, "since": since, **at}) or 0)


def counts(connection: Connection) -> Mapping[Status, int]:
    """Count all jobs by status, zeros included."""
    counts = dict.fromkeys(Status, 0)
    for status, count in connection.execute(_COUNTS):
        counts[Status(status)] += count
    return counts


def shown_with(
    connection: Connection, part: str, platform: str, *, before: datetime, after: str, size: int
) -> Sequence[str]:
    """Return the ids of jobs that ended before a moment, and have a part of that name in their or a copy's address."""
    place = cast(jobs.c.place, Text)
    wanted = (
        jobs.c.id > after,
        jobs.c.platform == platform,
        jobs.c.ended_at < before,
        jobs.c.deleted_at.is_(None),
        place.contains(f'"{part}"', autoescape=True) | place.contains(f'{part}\\"', autoescape=True),
    )
    return connection.scalars(select(jobs.c.id).where(*wanted).order_by(jobs.c.id).limit(size)).all()


def ends(connection: Connection, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
    """Return when each of these jobs ended, None for an open one. Jobs without a row are left out."""
    found = connection.execute(select(jobs.c.id, jobs.c.ended_at).where(jobs.c.id.in_(sorted(job_ids))))
    return {row.id: row.ended_at for row in found}
