"""The way into the ledger, and the way out before anything was shown: accept, confirm, withdraw, cancel."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, insert, select, update

from bot.errors import BacklogFull, BudgetSpent, Duplicate, JobNotFound, QuotaExceeded, TooLate, TooManyOpen
from bot.model import OPEN, Address, Job, Limits, NewJob, Status
from storage.accounts import spent, usage
from storage.gate import take_turn
from storage.rows import job_of, values_of, values_of_address
from storage.tables import jobs


def accept(connection: Connection, job: NewJob, limits: Limits, *, by: str, now: datetime, hold: timedelta) -> Job:
    """Insert the job if every limit allows it, counted while nobody else can insert."""
    take_turn(connection)
    _check_unseen(connection, job, since=now - timedelta(seconds=limits.double_press))
    _check_user(connection, job, limits)
    _check_everybody(connection, job, limits)
    row = connection.execute(insert(jobs).values(values_of(job, by=by, now=now, not_before=now + hold)).returning(jobs))
    return job_of(row.one())


def confirm(connection: Connection, job_id: str, address: Address, now: datetime) -> None:
    """End the hold of a job that no worker has touched yet, and keep where it is shown."""
    untouched = (jobs.c.id == job_id, jobs.c.status == Status.QUEUED, jobs.c.owner.is_(None), jobs.c.attempt == 0)
    connection.execute(update(jobs).where(*untouched).values(not_before=now, **values_of_address(address)))


def withdraw(connection: Connection, job_id: str, now: datetime) -> bool:
    """Cancel a job that nobody was shown. The turn is waited for: an accept that is still committing is over then."""
    take_turn(connection)
    waiting = (jobs.c.id == job_id, jobs.c.status == Status.QUEUED, jobs.c.owner.is_(None))
    gone = {"status": Status.CANCELLED, "ended_at": now, "told": True, "tokens": {}}
    return connection.execute(update(jobs).where(*waiting).values(gone).returning(jobs.c.id)).one_or_none() is not None


def cancel(connection: Connection, job_id: str, now: datetime) -> Job:
    """End a job for its asker. Its lease ends too, so that any worker may show what became of it."""
    ended = case((jobs.c.status == Status.QUEUED, Status.CANCELLED), else_=Status.STOPPED)
    row = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status.in_((Status.QUEUED, Status.GENERATING)))
        .values(status=ended, ended_at=now, owner=None, lease_until=None, not_before=now, told=False)
        .returning(jobs)
    ).one_or_none()
    if row is not None:
        return job_of(row)
    if connection.scalar(select(jobs.c.id).where(jobs.c.id == job_id)) is None:
        raise JobNotFound
    raise TooLate


def _check_unseen(connection: Connection, job: NewJob, since: datetime) -> None:
    if seen := connection.scalar(select(jobs.c.id).where(jobs.c.key == job.key)):
        raise Duplicate(seen)
    if job.parent is None:
        return
    same = (jobs.c[name].is_not_distinct_from(value) for name, value in asdict(job.request).items())
    pressed = select(jobs.c.id).where(
        jobs.c.user_id == job.user.id,
        jobs.c.created_at > since,
        jobs.c.parent == job.parent,
        jobs.c.status != Status.CANCELLED,  # who takes a press back may press again
        *same,
    )
    if seen := connection.scalar(pressed.limit(1)):
        raise Duplicate(seen)


def _check_user(connection: Connection, job: NewJob, limits: Limits) -> None:
    had = usage(connection, job.user.id, limits.window)
    if had.used + had.reserved + job.request.n > limits.quota:
        raise QuotaExceeded(
            asked=job.request.n, used=had.used, reserved=had.reserved, quota=limits.quota, window=limits.window
        )
    own = select(func.count()).where(jobs.c.user_id == job.user.id, jobs.c.status.in_(sorted(OPEN)))
    if connection.execute(own).scalar_one() >= limits.open_jobs:
        raise TooManyOpen(limits.open_jobs)


def _check_everybody(connection: Connection, job: NewJob, limits: Limits) -> None:
    waiting = select(func.count()).where(jobs.c.status == Status.QUEUED)
    if connection.execute(waiting).scalar_one() >= limits.backlog:
        raise BacklogFull
    if limits.budget is not None and spent(connection, limits.window) + job.request.n > limits.budget:
        raise BudgetSpent(limits.window)
