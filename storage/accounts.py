"""What a user, and all users, have had: sums over the ledger. No counter stands beside it that could drift."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, select, tuple_

from bot.model import Fault, HistoryPage, Job, Status, Usage, Window
from storage.rows import job_of
from storage.tables import Moment, jobs

_RESERVED = (Status.QUEUED, Status.GENERATING)
_MADE = (Status.DELIVERING, Status.DELIVERED, Status.UNDELIVERED)
_UNCERTAIN = sorted(fault for fault in Fault if fault.uncertain)
_MAY_BE_BILLED = (Status.STOPPED, Status.UNKNOWN)
_OLDER, _NEWER = "o", "n"
_columns = tuple_(jobs.c.created_at, jobs.c.id)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


_used = case((jobs.c.status.in_(_MADE), jobs.c.images_made), (jobs.c.status == Status.STOPPED, jobs.c.n), else_=0)
_reserved = case((jobs.c.status.in_(_RESERVED), jobs.c.n), else_=0)
_may_be_billed = case(
    # Some were made, and nobody can say what became of the rest.
    (jobs.c.status.in_(_MADE) & jobs.c.fault.in_(_UNCERTAIN), jobs.c.n),
    (jobs.c.status.in_(_MADE), jobs.c.images_made),
    (jobs.c.status.in_(_RESERVED + _MAY_BE_BILLED), jobs.c.n),
    else_=0,
)
_within = (jobs.c.created_at >= bindparam("since", type_=Moment)) & (
    jobs.c.created_at < bindparam("before", type_=Moment)
)
USAGE = select(_sum(_used).label("used"), _sum(_reserved).label("reserved")).where(
    jobs.c.user_id == bindparam("user"), _within
)
_SPENT = select(_sum(_may_be_billed)).where(_within)


def usage(connection: Connection, user_id: str, window: Window) -> Usage:
    """Sum a user's images in the window: those made, and a stopped job's, which had been sent; and those on the way."""
    made, waiting = connection.execute(USAGE, {"user": user_id, **bounds(window)}).one()
    return Usage(used=int(made), reserved=int(waiting))


def spent(connection: Connection, window: Window) -> int:
    """Sum all users' images in the window, with all that may have been billed or may yet be."""
    return int(connection.execute(_SPENT, bounds(window)).scalar_one())


def bounds(window: Window) -> Mapping[str, datetime]:
    """Give a window as the parameters that a question about it takes."""
    return {"since": window.start, "before": window.end}


def counts(connection: Connection) -> Mapping[Status, int]:
    """Count all jobs by status, zeros included."""
    counted = connection.execute(select(jobs.c.status, func.count()).group_by(jobs.c.status))
    return dict.fromkeys(Status, 0) | {Status(status): count for status, count in counted}


def history(connection: Connection, user_id: str, size: int, cursor: str | None) -> HistoryPage:
    """Give a page of a user's jobs. A cursor is a direction and the id of the job it leads away from."""
    anchor = _anchor(connection, cursor)
    if cursor is not None and anchor is not None and cursor.startswith(_NEWER):
        page = _newer(connection, user_id, anchor, size)[::-1]
    else:
        page = _older(connection, user_id, anchor, size)
    if not page:
        return HistoryPage(jobs=())
    first, last = page[0], page[-1]
    return HistoryPage(
        jobs=tuple(page),
        older=_OLDER + last.id if _older(connection, user_id, last, 1) else None,
        newer=_NEWER + first.id if _newer(connection, user_id, first, 1) else None,
    )


def _anchor(connection: Connection, cursor: str | None) -> Job | None:
    row = connection.execute(select(jobs).where(jobs.c.id == cursor[1:])).one_or_none() if cursor else None
    return None if row is None else job_of(row)


def _older(connection: Connection, user_id: str, than: Job | None, size: int) -> Sequence[Job]:
    past = () if than is None else (_columns < _place_of(than),)
    return _listed(connection, user_id, past, (jobs.c.created_at.desc(), jobs.c.id.desc()), size)


def _newer(connection: Connection, user_id: str, than: Job, size: int) -> Sequence[Job]:
    past = (_columns > _place_of(than),)
    return _listed(connection, user_id, past, (jobs.c.created_at, jobs.c.id), size)


def _place_of(job: Job) -> ColumnElement[tuple[object, ...]]:
    return tuple_(literal(job.created_at, Moment), literal(job.id))


def _listed(
    connection: Connection,
    user_id: str,
    past: tuple[ColumnElement[bool], ...],
    order: tuple[ColumnElement[object], ...],
    size: int,
) -> Sequence[Job]:
    shown = (jobs.c.user_id == user_id, jobs.c.status != Status.CANCELLED, *past)
    return [job_of(row) for row in connection.execute(select(jobs).where(*shown).order_by(*order).limit(size))]
