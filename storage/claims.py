"""Leases: who works on what, for how long, and what becomes of the work of the dead."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, case, exists, false, func, literal, or_, select, update

from bot.model import OPEN, Fault, Job, Status
from storage.fairness import RUNNING_NOW, WAITING, fair_order, running
from storage.gate import PAUSED_UNTIL, take_turn
from storage.rows import job_of
from storage.tables import Moment, cooldowns, jobs

LEASE = timedelta(seconds=15)
_ENDED = tuple(status for status in Status if status not in OPEN)


def _held_back(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.attempt == 0, jobs.c.not_before > now


_now = bindparam("now", type_=Moment)
_free = (jobs.c.owner.is_(None), jobs.c.not_before <= _now)
_soonest = (jobs.c.not_before, jobs.c.id)
_STORED = select(jobs.c.id).where(jobs.c.status == Status.DELIVERING, *_free).order_by(*_soonest).limit(1)
_UNTOLD = (
    select(jobs.c.id).where(jobs.c.told == false(), jobs.c.status.in_(_ENDED), *_free).order_by(*_soonest).limit(1)
)
_startable = (
    jobs.c.not_before <= _now,
    jobs.c.model.not_in(select(cooldowns.c.model).where(cooldowns.c.until > _now)),
)
_order = fair_order(*_startable)
_TO_START = select(_order.c.id).order_by(_order.c.rank, _order.c.id).limit(1)
_DUE = select(
    (exists(_STORED) | exists(_UNTOLD)).label("to_show"),
    exists().where(WAITING, *_startable).label("to_start"),
    RUNNING_NOW.scalar_subquery().label("running"),
    PAUSED_UNTIL.label("paused_until"),
)
_LEASE = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), *_free)
    .values(owner=bindparam("by"), lease_until=bindparam("until"), attempt=jobs.c.attempt + 1)
    .returning(jobs)
)


def anything_due(connection: Connection, max_running: int, now: datetime) -> bool:
    """Look, without taking a turn, whether a claim may find something; most looks of an idle worker end here."""
    due = connection.execute(_DUE, {"now": now}).one()
    if due.to_show:
        return True
    return bool(due.to_start and due.running < max_running and (due.paused_until or now) <= now)


def claim(connection: Connection, owner: str, max_running: int, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Lease the next piece of work: what only has to be shown comes first, and has no limit."""
    paused_until = take_turn(connection).paused_until or now
    at = {"now": now}
    job_id = connection.scalar(_STORED, at) or connection.scalar(_UNTOLD, at)
    if job_id is None and paused_until <= now and running(connection) < max_running:
        job_id = connection.scalar(_TO_START, at)
    if job_id is None:
        return None
    # It may have been cancelled since it was found, which takes no turn: then that is what there is to show.
    row = connection.execute(_LEASE, {**at, "job_id": job_id, "by": owner, "until": now + lease}).one_or_none()
    return None if row is None else job_of(row)


def renew(
    connection: Connection, owner: str, only: Collection[str] | None, now: datetime, lease: timedelta = LEASE
) -> None:
    """Extend leases. The turn keeps two statements over several rows from locking them in opposite orders."""
    take_turn(connection)
    held = update(jobs).where(jobs.c.owner == owner)
    if only is not None:
        held = held.where(jobs.c.id.in_(sorted(only)))
    connection.execute(held.values(lease_until=now + lease))


def held(connection: Connection, now: datetime) -> tuple[Mapping[str, datetime], Collection[str]]:
    """Give all who hold a lease, with the end of the one that ends first; and all who hold a job for its asker."""
    held_back = select(jobs.c.accepted_by).where(WAITING, *_held_back(now)).distinct()
    return _leases(connection), frozenset(connection.scalars(held_back))


def _leases(connection: Connection) -> Mapping[str, datetime]:
    # `> ''` rather than IS NOT NULL: SQLite searches an index for the one and reads the whole table for the other.
    held = (
        select(jobs.c.owner, func.min(jobs.c.lease_until).label("ends")).where(jobs.c.owner > "").group_by(jobs.c.owner)
    )
    return {row.owner: row.ends for row in connection.execute(held)}


def take_over(
    connection: Connection, owner: str, dead: Collection[str], renewed: datetime | None, now: datetime
) -> Sequence[Job]:
    """Free what the dead hold, and what outlived its lease.

    A lease of one's own that ran out is free only if it was left out at `renewed`, the latest renewal: a process that
    was asleep must find out that it lives before it finds its own work abandoned.
    """
    take_turn(connection)
    outlived = (jobs.c.owner != owner) & (jobs.c.lease_until <= now)
    if renewed is not None:
        outlived |= (jobs.c.owner == owner) & (jobs.c.lease_until <= renewed)
    sent = jobs.c.status == Status.GENERATING
    lost, cut = sent & (jobs.c.images_made == 0), sent & (jobs.c.images_made < jobs.c.n)
    abandoned = (WAITING, *_held_back(now), jobs.c.accepted_by.in_(sorted(dead)))
    connection.execute(update(jobs).where(*abandoned).values(not_before=now))
    freed = (
        update(jobs)
        .where(jobs.c.owner > "", or_(jobs.c.owner.in_(sorted(dead)), outlived))
        .values(
            status=_either((lost, Status.UNKNOWN), (sent, Status.DELIVERING), otherwise=jobs.c.status),
            fault=_either((cut, Fault.CRASHED), otherwise=jobs.c.fault),
            ended_at=case((lost, literal(now, Moment)), else_=jobs.c.ended_at),
            owner=None,
            lease_until=None,
        )
        .returning(jobs)
    )
    return tuple(job_of(row) for row in connection.execute(freed))


def _either(*cases: tuple[ColumnElement[bool], str], otherwise: ColumnElement[str]) -> ColumnElement[str]:
    return case(*cases, else_=otherwise)
