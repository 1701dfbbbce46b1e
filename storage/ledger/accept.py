"""Accept, confirm, withdraw and cancel jobs."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, false, func, insert, select, update

from bot.core.errors import (
    BacklogFull,
    BudgetSpent,
    Duplicate,
    GatewayDown,
    JobNotFound,
    ModelCoolingDown,
    QuotaExceeded,
    TooLate,
    TooManyOpen,
)
from bot.core.model import OPEN, Address, Job, Limits, NewJob, Status
from storage.ledger.gate import is_cooling, take_turn
from storage.ledger.queries import USAGE, bounds, spent
from storage.ledger.rows import job_of, one_job, values_of, values_of_address
from storage.ledger.tables import Microseconds, jobs

# All that `accept` has to know, in one query, because each query costs more than its answer.
_usage = USAGE.subquery()
_SITUATION = select(
    select(jobs.c.id).where(jobs.c.key == bindparam("key")).scalar_subquery().label("seen"),
    is_cooling(bindparam("model"), bindparam("now", type_=Microseconds)).label("cooling"),
    _usage.c.used,
    _usage.c.reserved,
    select(func.count())
    .where(jobs.c.user_id == bindparam("user"), jobs.c.status.in_(sorted(OPEN)))
    .scalar_subquery()
    .label("own"),
    select(func.count()).where(jobs.c.status == Status.QUEUED).scalar_subquery().label("waiting"),
)
_RESOLUTION = timedelta(microseconds=1)
_INSERT = insert(jobs).returning(jobs)
_CONFIRM = (
    update(jobs)
    .where(
        jobs.c.id == bindparam("job_id"),
        # A job that was cancelled meanwhile: its message is the one that has to say so.
        jobs.c.status.in_((Status.QUEUED, Status.CANCELLED)),
        jobs.c.told == false(),
        jobs.c.owner.is_(None),
        jobs.c.attempt == 0,
    )
    .values({name: bindparam(f"new_{name}") for name in ("not_before", "platform", "place", "tokens", "link")})
)


def accept(connection: Connection, job: NewJob, limits: Limits, *, by: str, now: datetime, hold: timedelta) -> Job:
    """Insert the job if every limit allows it. The counts hold, since the locked gate row keeps out other inserts."""
    gate = take_turn(connection)
    asked = {
        "key": job.origin.key,
        "model": job.request.model,
        "now": now,
        "user": job.origin.user.id,
        **bounds(limits.window),
    }
    found = connection.execute(_SITUATION, asked).one()
    _check_unseen(connection, job, found.seen, since=now - timedelta(seconds=limits.double_press))
    if gate.gateway_down:
        raise GatewayDown
    if found.cooling:
        raise ModelCoolingDown(job.request.model)
    _check_user(job, limits, found)
    if found.waiting >= limits.backlog:
        raise BacklogFull
    if limits.budget is not None and spent(connection, limits.window) + job.request.n > limits.budget:
        raise BudgetSpent(limits.window)
    # The period may have ended while this waited for the gate row: the job belongs to the period that was checked.
    asked_at = min(now, limits.window.end - _RESOLUTION)
    return job_of(connection.execute(_INSERT, values_of(job, by=by, now=asked_at, not_before=now + hold)).one())


def confirm(connection: Connection, job_id: str, address: Address, now: datetime) -> None:
    """End the hold of a job that no worker has claimed yet, and store where it is shown."""
    values = {"not_before": now, **values_of_address(address)}
    connection.execute(_CONFIRM, {"job_id": job_id, **{f"new_{name}": value for name, value in values.items()}})


def withdraw(connection: Connection, job_id: str, now: datetime) -> bool:
    """Cancel a job that was shown to no one. Return whether it could be cancelled.

    Locking the gate row waits for an accept that is still committing.
    """
    take_turn(connection)
    waiting = (jobs.c.id == job_id, jobs.c.status == Status.QUEUED, jobs.c.owner.is_(None))
    gone = {"status": Status.CANCELLED, "ended_at": now, "told": True, "tokens": {}}
    return connection.execute(update(jobs).where(*waiting).values(gone).returning(jobs.c.id)).one_or_none() is not None


def cancel(connection: Connection, job_id: str, now: datetime) -> Job:
    """End a job for its user. Its lease ends too, so that any worker may show the outcome.

    A job that was put off after some of its images were made is cut short: these are shown, no more are requested.
    """
    waits, empty = jobs.c.status == Status.QUEUED, jobs.c.images_made == 0
    ended = case((waits & empty, Status.CANCELLED), (waits, Status.DELIVERING), else_=Status.STOPPED)
    ending = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status.in_((Status.QUEUED, Status.GENERATING)))
        .values(status=ended, ended_at=now, owner=None, lease_until=None, not_before=now, told=False)
        .returning(jobs)
    )
    if job := one_job(connection, ending, None, job_id):
        return job
    if connection.scalar(select(jobs.c.id).where(jobs.c.id == job_id)) is None:
        raise JobNotFound
    raise TooLate


def _check_unseen(connection: Connection, job: NewJob, seen: str | None, since: datetime) -> None:
    if seen:
        raise Duplicate(seen)
    if job.parent is None:
        return
    same = (jobs.c[name].is_not_distinct_from(value) for name, value in asdict(job.request).items())
    pressed = select(jobs.c.id).where(
        jobs.c.user_id == job.origin.user.id,
        jobs.c.created_at > since,
        jobs.c.parent == job.parent,
        jobs.c.status != Status.CANCELLED,  # a user who cancelled may press again
        *same,
    )
    if seen := connection.scalar(pressed.limit(1)):
        raise Duplicate(seen)


def _check_user(job: NewJob, limits: Limits, found: Row[Any]) -> None:
    used, reserved = int(found.used), int(found.reserved)
    if used + reserved + job.request.n > limits.quota:
        raise QuotaExceeded(asked=job.request.n, used=used, reserved=reserved, quota=limits.quota, window=limits.window)
    if found.own >= limits.open_jobs:
        raise TooManyOpen(limits.open_jobs)
