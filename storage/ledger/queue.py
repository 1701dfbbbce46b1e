"""The order of the queue, and how long a job in it will take."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Subquery, bindparam, func, select

from bot.core.model import Job, QueuePosition, Status
from storage.ledger.gate import PAUSED_UNTIL
from storage.ledger.tables import jobs

_MEASURED = 20
WAITING = (jobs.c.status == Status.QUEUED) & jobs.c.owner.is_(None)
RUNNING = jobs.c.status.in_((Status.QUEUED, Status.GENERATING)) & ~WAITING
"""Leased and not yet sent, or sent: the jobs that the gateway works on, or soon will."""


RUNNING_NOW = select(func.count()).where(RUNNING)


def running(connection: Connection) -> int:
    """Count the running jobs of all processes."""
    return connection.execute(RUNNING_NOW).scalar_one()


def fair_order(*eligible: ColumnElement[bool]) -> Subquery:
    """Rank waiting jobs: a user's second job comes after every user's first, and running jobs count as served."""
    served = select(jobs.c.user_id, func.count().label("jobs")).where(RUNNING).group_by(jobs.c.user_id).subquery()
    own = func.row_number().over(partition_by=jobs.c.user_id, order_by=jobs.c.id)
    return (
        select(jobs.c.id, (own + func.coalesce(served.c.jobs, 0)).label("rank"))
        .outerjoin_from(jobs, served, served.c.user_id == jobs.c.user_id)
        .where(WAITING, *eligible)
        .subquery()
    )


def _numbered() -> ScalarSelect[int]:
    order = fair_order()
    numbered = select(
        order.c.id, func.row_number().over(order_by=(order.c.rank, order.c.id)).label("position")
    ).subquery()
    return select(numbered.c.position).where(numbered.c.id == bindparam("job_id")).scalar_subquery()


_PLACE = select(
    jobs.c.owner,
    jobs.c.model,
    # A job that a worker has just claimed is next, and has no rank.
    func.coalesce(_numbered(), 1).label("position"),
    RUNNING_NOW.scalar_subquery().label("running"),
    PAUSED_UNTIL.label("paused_until"),
).where(jobs.c.id == bindparam("job_id"), jobs.c.status == Status.QUEUED)
_LATEST = (
    select(jobs.c.started_at, jobs.c.ended_at)
    .where(jobs.c.status == Status.DELIVERED)
    .order_by(jobs.c.ended_at.desc())
    .limit(_MEASURED)
)
_LATEST_OF_MODEL = _LATEST.where(jobs.c.model == bindparam("of"))


def position_of(connection: Connection, job: Job, max_running: int, now: datetime) -> QueuePosition:
    """Return the position of a job that this transaction put into the queue."""
    return queue_position(connection, job.id, max_running, now) or QueuePosition(number=1)


def queue_position(connection: Connection, job_id: str, max_running: int, now: datetime) -> QueuePosition | None:
    """Return a queued job's place; None if it isn't queued. A job that a worker has just claimed is next."""
    row = connection.execute(_PLACE, {"job_id": job_id}).one_or_none()
    if row is None:
        return None
    lasts = _latency(connection, row.model)
    if lasts is None:
        return QueuePosition(number=row.position)
    ahead = 0 if row.owner else max(0, row.running + row.position - max_running)
    pause = (row.paused_until or now) - now
    # With `max_running` jobs at a time, one ends on average every `lasts / max_running` seconds.
    seconds = lasts * (1 + ahead / max_running) + max(pause, timedelta()) / timedelta(seconds=1)
    return QueuePosition(number=row.position, seconds=seconds)


def _latency(connection: Connection, model: str) -> float | None:
    """Return the median seconds that the latest delivered jobs took: those of the model, or else of any."""
    return _median(connection.execute(_LATEST_OF_MODEL, {"of": model})) or _median(connection.execute(_LATEST))


def _median(latest: Iterable[Row[Any]]) -> float | None:
    lasted = [
        (row.ended_at - row.started_at) / timedelta(seconds=1) for row in latest if row.started_at and row.ended_at
    ]
    return median(lasted) if lasted else None
