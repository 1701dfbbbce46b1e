"""Accept jobs: admit, reserve and queue each in one transaction."""

from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, func, insert, literal, select, true

from bot.core.image import ImageRequest
from bot.core.model import OPEN, Limits, Status
from bot.core.queue import Accepted
from bot.core.rules.admission import NewJob, Situation, admit
from bot.core.rules.places import has_to_wait
from storage.ledger import totals
from storage.ledger.constants import fixed
from storage.ledger.gate import VALUES, Gate, gate_of, is_cooling, lock
from storage.ledger.latencies import Latencies
from storage.ledger.order import ahead_of_next
from storage.ledger.places import LEASED, TAKEN, WAITING, count_unfinished
from storage.ledger.prepared import Prepared
from storage.ledger.queue import position_of_next
from storage.ledger.rows import job_as_accepted, values_of, values_of_request
from storage.ledger.tables import Microseconds, jobs
from storage.ledger.tables import gate as gate_table

_RESOLUTION = timedelta(microseconds=1)


@cache
def _inserting(columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(jobs).values({name: bindparam(name) for name in columns}).returning(jobs.c.id))


# All that `admit` has to know comes from one query: to ask costs more than to find the answer.
@cache
def _situation(*, pressed: bool, named: bool, budget: bool, by_totals: bool) -> Prepared:
    """Build the query, with what only a pressed button or a budget needs."""
    usage = totals.sums(totals.USER, by_totals=by_totals)
    billed = select(totals.sums(None, by_totals=by_totals).c.billed).scalar_subquery()
    same_event = select(jobs.c.id).where(jobs.c.key == bindparam("key"))
    duplicate = func.coalesce(same_event.scalar_subquery(), _same_press(named=named) if pressed else None)
    own = count_unfinished(jobs.c.user_id == bindparam("user"), jobs.c.status.in_(sorted(OPEN)))
    waiting = select(func.count()).where(WAITING).scalar_subquery()
    leased = select(func.count().filter(jobs.c.status == Status.QUEUED)).where(LEASED).scalar_subquery()
    gathered = select(
        duplicate.label("duplicate_of"),
        is_cooling(bindparam("model")).label("cooling"),
        usage.c.used,
        usage.c.reserved,
        usage.c.doubt,
        own.label("open_jobs"),
        (waiting + leased).label("waiting"),
        (billed if budget else literal(0)).label("billed"),
        # These two are not for `admit`: they give the new job its place in the queue.
        ahead_of_next(bindparam("user")).label("ahead"),
        TAKEN.scalar_subquery().label("taken"),
        *VALUES,
    ).select_from(usage.join(gate_table, true()))
    return Prepared(fixed(gathered))


def _same_press(*, named: bool) -> ScalarSelect[str]:
    """Return the query for an earlier press of the same button: the same request of the same user, a moment ago.

    If no model was named, the earlier job may have another model by now, and so other options.
    """
    compared = [field.name for field in fields(ImageRequest)] if named else ["prompt", "n"]
    same = (jobs.c[name].is_not_distinct_from(bindparam(name)) for name in compared)
    return (
        select(jobs.c.id)
        .where(
            jobs.c.user_id == bindparam("user"),
            jobs.c.created_at > bindparam("pressed_since", type_=Microseconds),
            jobs.c.created_at < bindparam("pressed_before", type_=Microseconds),
            jobs.c.parent == bindparam("parent"),
            jobs.c.status != Status.CANCELLED,  # a user who cancelled may press again
            *same,
        )
        .limit(1)
        .scalar_subquery()
    )


def accept(
    connection: Connection,
    job: NewJob,
    limits: Limits,
    *,
    by: str,
    now: datetime,
    hold: timedelta,
    max_running: int,
    latencies: Latencies,
) -> Accepted:
    """Insert the job if `admit` lets it in. What it counts stays true: the locked gate row keeps out other inserts."""
    lock(connection)
    found = _gather(connection, job, limits, now)
    gate = gate_of(found)
    admit(_situation_of(job, limits, gate, found))
    # The period may have ended while this waited for the gate row: the job belongs to the period that was checked.
    asked_at = min(now, limits.window.end - _RESOLUTION)
    values = values_of(job, by=by, now=asked_at, not_before=now + hold)
    _inserting(tuple(values)).one(connection, values)
    lasts = latencies.of(connection, job.request.model, now)
    ahead, taken = int(found.ahead), int(found.taken)
    position = position_of_next(ahead + 1, taken, max_running, gate, now, lasts)
    waits = has_to_wait(ahead=ahead, taken=taken, max_running=max_running)
    accepted = job_as_accepted(job, now=asked_at, not_before=now + hold)
    return Accepted(job=accepted, position=position, has_to_wait=waits)


def _gather(connection: Connection, job: NewJob, limits: Limits, now: datetime) -> Any:
    asked: dict[str, Any] = {"key": job.origin.key, "model": job.request.model, "now": now, "user": job.origin.user.id}
    if job.parent is not None:
        apart = timedelta(seconds=limits.double_press)
        # A press that seems to lie ahead came before the clock was set back, or through a process whose clock is ahead.
        asked |= {**values_of_request(job.request), "parent": job.parent}
        asked |= {"pressed_since": now - apart, "pressed_before": now + apart}
    query = _situation(
        pressed=job.parent is not None,
        named=_named(job),
        budget=limits.budget is not None,
        by_totals=totals.fit(limits.window),
    )
    return query.one(connection, {**asked, **totals.bounds(limits.window)})


def _situation_of(job: NewJob, limits: Limits, gate: Gate, found: Any) -> Situation:
    return Situation(
        asked=job.request.n,
        model=job.request.model,
        limits=limits,
        facts=job.origin.facts,
        named=_named(job),
        test=job.test,
        duplicate_of=found.duplicate_of,
        gateway_down=gate.gateway_down,
        cooling=found.cooling,
        waiting=int(found.waiting),
        open_jobs=found.open_jobs,
        used=int(found.used),
        reserved=int(found.reserved),
        doubt=int(found.doubt),
        billed=int(found.billed),
    )


def _named(job: NewJob) -> bool:
    return job.asked is None or job.asked.named
