"""Leases: who works on what, for how long, and what becomes of the work of the dead."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, false, func, literal, or_, select, update

from bot.model import OPEN, Fault, Job, Status
from storage.fairness import WAITING, fair_order, running
from storage.gate import look, take_turn
from storage.rows import job_of
from storage.tables import Moment, cooldowns, jobs

LEASE = timedelta(seconds=15)
_ENDED = tuple(status for status in Status if status not in OPEN)


def anything_due(connection: Connection, max_running: int, now: datetime) -> bool:
    """Look, without taking a turn, whether a claim may find something; most looks of an idle worker end here."""
    if _to_show(connection, now) is not None:
        return True
    if (look(connection).paused_until or now) > now or running(connection) >= max_running:
        return False
    return connection.scalar(select(jobs.c.id).where(WAITING, *_startable(now)).limit(1)) is not None


def claim(connection: Connection, owner: str, max_running: int, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Lease the next piece of work: what only has to be shown comes first, and has no limit."""
    paused_until = take_turn(connection).paused_until or now
    job_id = _to_show(connection, now)
    if job_id is None and paused_until <= now and running(connection) < max_running:
        job_id = _to_start(connection, now)
    if job_id is None:
        return None
    # It may have been cancelled since it was found, which takes no turn: then that is what there is to show.
    leased = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.owner.is_(None), jobs.c.not_before <= now)
        .values(owner=owner, lease_until=now + lease, attempt=jobs.c.attempt + 1)
        .returning(jobs)
    )
    row = connection.execute(leased).one_or_none()
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
    lost = sent & (jobs.c.images_made == 0)
    abandoned = (WAITING, *_held_back(now), jobs.c.accepted_by.in_(sorted(dead)))
    connection.execute(update(jobs).where(*abandoned).values(not_before=now))
    freed = (
        update(jobs)
        .where(jobs.c.owner > "", or_(jobs.c.owner.in_(sorted(dead)), outlived))
        .values(
            status=_either((lost, Status.UNKNOWN), (sent, Status.DELIVERING), otherwise=jobs.c.status),
            fault=_either((lost, Fault.CRASHED), otherwise=jobs.c.fault),
            ended_at=case((lost, literal(now, Moment)), else_=jobs.c.ended_at),
            owner=None,
            lease_until=None,
        )
        .returning(jobs)
    )
    return tuple(job_of(row) for row in connection.execute(freed))


def _held_back(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.attempt == 0, jobs.c.not_before > now


def _to_show(connection: Connection, now: datetime) -> str | None:
    free = (jobs.c.owner.is_(None), jobs.c.not_before <= now)
    soonest = (jobs.c.not_before, jobs.c.id)
    stored = select(jobs.c.id).where(jobs.c.status == Status.DELIVERING, *free).order_by(*soonest).limit(1)
    untold = (jobs.c.told == false(), jobs.c.status.in_(_ENDED))
    ended = select(jobs.c.id).where(*untold, *free).order_by(*soonest).limit(1)
    return connection.scalar(stored) or connection.scalar(ended)


def _to_start(connection: Connection, now: datetime) -> str | None:
    order = fair_order(*_startable(now))
    job_id: str | None = connection.scalar(select(order.c.id).order_by(order.c.rank, order.c.id).limit(1))
    return job_id


def _startable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    cold = select(cooldowns.c.model).where(cooldowns.c.until > now)
    return jobs.c.not_before <= now, jobs.c.model.not_in(cold)


def _either(*cases: tuple[ColumnElement[bool], str], otherwise: ColumnElement[str]) -> ColumnElement[str]:
    return case(*cases, else_=otherwise)
