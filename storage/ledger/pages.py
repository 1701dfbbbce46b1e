"""Pages of users' history, also of the jobs whose prompts have some words; and a job by its number."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)

from bot.core.model import HistoryPage, Job, Status
from storage.ledger.constants import fixed
from storage.ledger.places import RUNNING, USER, WAITING
from storage.ledger.rows import job_of, readable_jobs, reading
from storage.ledger.tables import jobs

_OLDER, _NEWER = "o", "n"
_MOST_OPEN = 5
_Listed = Row[Any, Any]
"""A job's id and acceptance time as stored: they order a page, whether or not the row can be read."""
_LISTED = select(jobs.c.id, type_coerce(jobs.c.created_at, BigInteger).label("at"))
_OPEN_JOBS = fixed(
    union_all(
        select(jobs.c.id).where(jobs.c.user_id == bindparam("user"), WAITING),
        select(jobs.c.id).where(bindparam("user") == USER, RUNNING),
    )
)
_columns = tuple_(jobs.c.created_at, jobs.c.id)
_Having = ColumnElement[bool]


def find(connection: Connection, user_id: str, number: str) -> Job | None:
    """Return the newest job of a user whose id ends with these digits. It is sought in the index of their jobs."""
    ending = (jobs.c.user_id == user_id, jobs.c.id.endswith(number, autoescape=True), jobs.c.deleted_at.is_(None))
    newest = select(jobs).where(*ending).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(1)
    with reading(number):
        row = connection.execute(newest).one_or_none()
        return None if row is None else job_of(row)


def open_jobs(connection: Connection, user_id: str) -> Sequence[Job]:
    """Return a user's jobs that can still be cancelled or stopped, oldest first."""
    return readable_jobs(connection, sorted(connection.scalars(_OPEN_JOBS, {"user": user_id}))[:_MOST_OPEN])


def page(connection: Connection, user_id: str, size: int, cursor: str | None, words: Sequence[str]) -> HistoryPage:
    """Return a page of a user's jobs whose prompts have all these words, in any case.

    A cursor is a direction and the id of the job next to which the page starts. Rows that can't be read are left out.
    """
    theirs = _theirs(user_id, words)
    anchor = _anchor(connection, cursor)
    if cursor is not None and anchor is not None and cursor.startswith(_NEWER):
        listed = _newer(connection, theirs, anchor, size)[::-1]
    else:
        listed = _older(connection, theirs, anchor, size)
    if not listed:
        return HistoryPage(jobs=())
    first, last = listed[0], listed[-1]
    return HistoryPage(
        jobs=readable_jobs(connection, tuple(each.id for each in listed)),
        older=_OLDER + last.id if _older(connection, theirs, last, 1) else None,
        newer=_NEWER + first.id if _newer(connection, theirs, first, 1) else None,
    )


def _theirs(user_id: str, words: Iterable[str]) -> _Having:
    own = (jobs.c.user_id == user_id, jobs.c.status != Status.CANCELLED, jobs.c.deleted_at.is_(None))
    return and_(*own, *map(_has, words))


def _has(word: str) -> _Having:
    """Return the condition that a prompt has a word. Both databases know the case of the letters a to z alone."""
    written = dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))
    return or_(*(func.lower(jobs.c.prompt).contains(_ascii_lower(each), autoescape=True) for each in written))


def _ascii_lower(word: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in word)


def _anchor(connection: Connection, cursor: str | None) -> _Listed | None:
    return connection.execute(_LISTED.where(jobs.c.id == cursor[1:])).one_or_none() if cursor else None


def _older(connection: Connection, theirs: _Having, than: _Listed | None, size: int) -> Sequence[_Listed]:
    past = theirs if than is None else and_(theirs, _columns < _place_of(than))
    return _listed(connection, past, (jobs.c.created_at.desc(), jobs.c.id.desc()), size)


def _newer(connection: Connection, theirs: _Having, than: _Listed, size: int) -> Sequence[_Listed]:
    return _listed(connection, and_(theirs, _columns > _place_of(than)), (jobs.c.created_at, jobs.c.id), size)


def _place_of(listed: _Listed) -> ColumnElement[tuple[object, ...]]:
    return tuple_(literal(listed.at, BigInteger), literal(listed.id))


def _listed(
    connection: Connection, having: _Having, order: tuple[ColumnElement[object], ...], size: int
) -> Sequence[_Listed]:
    return connection.execute(_LISTED.where(having).order_by(*order).limit(size)).all()
