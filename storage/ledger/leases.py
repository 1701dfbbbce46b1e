"""Leases: which process works on which job, for how long, and what happens to the jobs of dead processes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, exists, false, or_, select, type_coerce, update

from bot.core.model import OPEN, Job, Status
from bot.core.queue import Claimed
from bot.core.rules import lifecycle, moments
from bot.core.rules import outage as outages
from storage.ledger.constants import fixed
from storage.ledger.ends import FOUND, end, fault_of
from storage.ledger.gate import PAUSED_UNTIL, Gate, take_turn
from storage.ledger.lease_watch import Lease
from storage.ledger.moments import holds, is_over
from storage.ledger.order import first_in_order
from storage.ledger.places import LEASED, STARTABLE, TAKEN, WAITING, taken, tries
from storage.ledger.prepared import Prepared
from storage.ledger.rows import find_job, one_job, readable_jobs
from storage.ledger.tables import UNFINISHED, jobs

LEASE = timedelta(seconds=15)
_ENDED = tuple(status for status in Status if status not in OPEN)
_held_back = (WAITING, jobs.c.attempt == 0, holds(jobs.c.not_before, moments.LONGEST_IN_QUEUE))
_free = (jobs.c.owner.is_(None), is_over(jobs.c.not_before, moments.LONGEST_TO_SHOW))


class _Search(NamedTuple):
    """Queries for the next piece of work: stored images, ended jobs whose outcome was not shown yet, jobs to start."""

    stored: Prepared
    untold: Prepared
    to_start: Prepared
    due: Prepared


@lru_cache(maxsize=8)
def _search(aside: frozenset[str]) -> _Search:
    """Build the queries, which leave out the jobs that were set aside."""
    readable = (jobs.c.id.not_in(sorted(aside)),) if aside else ()
    soonest = (jobs.c.not_before, jobs.c.id)
    free = select(jobs.c.id).where(*_free, *readable).order_by(*soonest).limit(1)
    stored = free.where(jobs.c.status == Status.DELIVERING)
    untold = free.where(jobs.c.told == false(), jobs.c.status.in_(_ENDED))
    startable = (*STARTABLE, *readable)
    to_start = first_in_order(*startable)
    due = select(
        (exists(stored) | exists(untold)).label("to_show"),
        exists().where(WAITING, *startable).label("to_start"),
        TAKEN.scalar_subquery().label("taken"),
        PAUSED_UNTIL.label("paused_until"),
    )
    # Alone: a look may see several states, since what it finds may have changed in any case before it is claimed.
    return _Search(*(Prepared(partial(fixed, query), alone=True) for query in (stored, untold, to_start, due)))


_LEASE = Prepared(
    lambda: fixed(
        update(jobs)
        .where(jobs.c.id == bindparam("job_id"), jobs.c.owner.is_(None))
        .values(
            owner=bindparam("by"),
            lease_until=bindparam("until"),
            attempt=jobs.c.attempt + 1,
            # What it waited for is over. Without this, it would seem to wait for that again once the clock is set back.
            not_before=moments.NEVER_PUT_OFF,
        )
        .returning(jobs)
    )
)


class Due(NamedTuple):
    """Whether a claim may find something `now`, and whether jobs are `waiting`, if only for a place.

    `full`: whether all places are taken, so that no other job can start. `first` is the job that is to start next, if
    `look` was asked for its name and nothing has to be shown before.
    """

    now: bool
    waiting: bool
    full: bool
    first: Job | None = None


def look(connection: Connection, max_running: int, now: datetime, aside: frozenset[str], *, named: bool) -> Due:
    """Look for work, with no lock on the gate row. Most looks of an idle worker end here. Raises UnreadableJob."""
    search, at = _search(aside), {"now": now}
    due = search.due.one(connection, at)
    paused = moments.holds(due.paused_until, now, moments.LONGEST_IN_QUEUE)
    start = bool(due.to_start and due.taken < max_running and not paused)
    first = None
    if named and start and not due.to_show and (job_id := search.to_start.scalar(connection, at)):
        first = find_job(connection, job_id)
    full = due.taken >= max_running
    return Due(now=bool(due.to_show) or start, waiting=bool(due.to_start), full=full, first=first)


def claim(
    connection: Connection,
    owner: str,
    max_running: int,
    now: datetime,
    lease: timedelta = LEASE,
    aside: frozenset[str] = frozenset(),
) -> Claimed | None:
    """Lease the next piece of work. Jobs that only have to be shown come first, without limit. Raises UnreadableJob."""
    gate = take_turn(connection)
    at, search = {"now": now}, _search(aside)
    job_id = search.stored.scalar(connection, at) or search.untold.scalar(connection, at)
    if job_id is None and not gate.is_paused(now) and _has_room(connection, gate, max_running):
        job_id = search.to_start.scalar(connection, at)
    if job_id is None:
        return None
    # `cancel` does not lock the gate row, so the job may have been cancelled since it was found: then its end is shown.
    job = one_job(connection, _LEASE, {**at, "job_id": job_id, "by": owner, "until": now + lease}, job_id)
    return None if job is None else Claimed(job=job, gateway_down=gate.gateway_down, outage=gate.outage)


def _has_room(connection: Connection, gate: Gate, max_running: int) -> bool:
    outage = gate.outage
    begun = tries(connection, outage.until) if outages.is_on(outage) else 0
    return outages.room(outage, taken=taken(connection), tries=begun, max_running=max_running)


def renew(
    connection: Connection, owner: str, job_ids: Collection[str], now: datetime, lease: timedelta = LEASE
) -> None:
    """Extend leases. Locking the gate row keeps two statements from locking several job rows in opposite orders."""
    take_turn(connection)
    held = update(jobs).where(jobs.c.owner == owner, jobs.c.id.in_(sorted(job_ids)))
    connection.execute(held.values(lease_until=now + lease))


_LEASES = Prepared(fixed(select(jobs.c.id, jobs.c.owner, type_coerce(jobs.c.lease_until, BigInteger)).where(LEASED)))
_HOLDERS = Prepared(lambda: fixed(select(jobs.c.accepted_by).where(*_held_back).distinct()))


def held(connection: Connection, now: datetime) -> tuple[Sequence[Lease], Collection[str]]:
    """Return all leases, and the owners that hold back accepted jobs until their users see them."""
    return _leases(connection), frozenset(row.accepted_by for row in _HOLDERS.all(connection, {"now": now}))


def _leases(connection: Connection) -> Sequence[Lease]:
    return [Lease(*row) for row in _LEASES.all(connection)]


def take_over(
    connection: Connection, dead: Collection[str], run_out: Collection[Lease], now: datetime
) -> Sequence[Job]:
    """Free the jobs of dead owners, and those whose lease ran out and was not renewed since. Return the readable."""
    take_turn(connection)
    held_back = update(jobs).where(*_held_back, jobs.c.accepted_by.in_(sorted(dead)))
    connection.execute(held_back.values(not_before=moments.NEVER_PUT_OFF), {"now": now})
    lost = [lease.job_id for lease in _leases(connection) if lease in run_out]
    # Locked, since an owner that was taken for dead may still be writing.
    left = FOUND.where(LEASED, or_(jobs.c.owner.in_(sorted(dead)), jobs.c.id.in_(lost))).with_for_update()
    freed = connection.execute(left).all()
    for job_id, status, fault, asked, made in freed:
        ended = lifecycle.after_death(Status(status), fault_of(fault), asked=asked, made=made)
        end(connection, job_id, Status(status), *ended, now=now, owner=None, lease_until=None)
    return readable_jobs(connection, [found.id for found in freed])


def unfinished(connection: Connection, aside: frozenset[str]) -> Collection[str]:
    """Return the jobs set aside that still wait for a process that can read them."""
    return connection.scalars(select(jobs.c.id).where(jobs.c.id.in_(sorted(aside)), UNFINISHED)).all()


def give_up(connection: Connection, aside: frozenset[str], now: datetime) -> Sequence[str]:
    """End jobs that no live process can read: open ones end `unknown`, which is not charged. Nothing is shown."""
    unread = FOUND.where(jobs.c.id.in_(sorted(aside)), jobs.c.owner.is_(None), UNFINISHED).with_for_update()
    given_up = connection.execute(unread).all()
    for job_id, status, fault, *_ in given_up:
        ended = lifecycle.after_giving_up(Status(status), fault_of(fault))
        end(connection, job_id, Status(status), *ended, now=now, told=True, tokens={})
    return [found.id for found in given_up]
