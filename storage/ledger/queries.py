"""Sums over the ledger, with no separate counter that could drift."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    cast,
    func,
    select,
    tuple_,
)

from bot.core.model import Fault, Job, Status, Usage, Window
from bot.core.rules import lifecycle
from bot.core.rules.lifecycle import Share
from storage.ledger.rows import TEST
from storage.ledger.tables import Microseconds, jobs

_FREE = sorted(fault for fault in Fault if not fault.billed)
_CERTAIN = sorted(fault for fault in Fault if not fault.uncertain)
_columns = tuple_(jobs.c.created_at, jobs.c.id)


_SENT = func.coalesce(jobs.c.images_sent, jobs.c.n)


def _in(table: Mapping[Status, Share], share: Share) -> ColumnElement[bool]:
    """Return the condition that a job's status has this share, by a table of `bot.core.rules.lifecycle`."""
    having = [status for status in Status if table[status] is share]
    if Status.UNCLEAR in having:  # every word that only a newer release knows
        return jobs.c.status.not_in([status for status in Status if status not in having])
    return jobs.c.status.in_(having)


def _sum(shares: Mapping[Share, ColumnElement[bool]]) -> ColumnElement[int]:
    """Return the sum of the images that count, with the condition for each share."""
    made = func.sum(jobs.c.images_made).filter(shares[Share.MADE])
    sent = func.sum(_SENT).filter(shares[Share.SENT])
    asked = func.sum(jobs.c.n).filter(shares[Share.ASKED])
    missing = func.sum(_SENT - jobs.c.images_made).filter(shares[Share.UNSURE], jobs.c.images_made < _SENT)
    return func.coalesce(made, 0) + func.coalesce(sent, 0) + func.coalesce(asked, 0) + func.coalesce(missing, 0)


_USED = {share: _in(lifecycle.USED, share) for share in Share}
_RESERVED = {share: _in(lifecycle.RESERVED, share) for share in Share}
# A fault that only a newer release knows may have been billed, too.
_FAULT_BILLED = jobs.c.fault.is_not(None) & jobs.c.fault.not_in(_FREE)
_BILLED = {
    share: (~_FAULT_BILLED & _in(lifecycle.BILLED, share))
    | (_FAULT_BILLED & _in(lifecycle.BILLED_AFTER_BILLED_FAULT, share))
    for share in Share
}
# A fault that only a newer release knows may leave doubt, too.
_UNCERTAIN = jobs.c.fault.is_not(None) & jobs.c.fault.not_in(_CERTAIN)
_DOUBT = {
    share: (~_UNCERTAIN & _in(lifecycle.DOUBT, share))
    | (_UNCERTAIN & _in(lifecycle.DOUBT_AFTER_UNCERTAIN_FAULT, share))
    for share in Share
}
_within = (jobs.c.created_at >= bindparam("since", type_=Microseconds)) & (
    jobs.c.created_at < bindparam("before", type_=Microseconds)
)
# A test picture counts for nothing.
_counted = func.coalesce(jobs.c.asked_model, "").not_like(f"{TEST}%")
_OWN = (jobs.c.user_id == bindparam("user"), _within, _counted)
USAGE = select(_sum(_USED).label("used"), _sum(_RESERVED).label("reserved"), _sum(_DOUBT).label("doubt")).where(*_OWN)
_EARLIER_DOUBT = select(_sum(_DOUBT)).where(
    *_OWN, _columns < tuple_(bindparam("at", type_=Microseconds), bindparam("job_id"))
)
BILLED = select(_sum(_BILLED)).where(_within, _counted)


def usage(connection: Connection, user_id: str, window: Window) -> Usage:
    """Sum a user's images in the window, by the tables of `bot.core.rules.lifecycle`."""
    made, waiting, doubt = connection.execute(USAGE, {"user": user_id, **bounds(window)}).one()
    return Usage(used=int(made), reserved=int(waiting), doubt=int(doubt))


def earlier_doubt(connection: Connection, job: Job, window: Window) -> int:
    """Return how many images in doubt a job's asker had in the window before this job."""
    asked = {"user": job.origin.user.id, "at": job.created_at, "job_id": job.id}
    return int(connection.scalar(_EARLIER_DOUBT, {**asked, **bounds(window)}) or 0)


def bounds(window: Window) -> Mapping[str, datetime]:
    """Return a window as the parameters of a query."""
    return {"since": window.start, "before": window.end}


def counts(connection: Connection) -> Mapping[Status, int]:
    """Count all jobs by status, zeros included."""
    counts = dict.fromkeys(Status, 0)
    for status, count in connection.execute(select(jobs.c.status, func.count()).group_by(jobs.c.status)):
        counts[Status(status)] += count
    return counts


def shown_with(
    connection: Connection, part: str, platform: str, *, before: datetime, after: str, size: int
) -> Sequence[str]:
    """Return the ids of jobs that ended before a moment, and whose address, or a copy's in it, has a part so named."""
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
