"""Whose turn it is: the order of the queue, and how long a place in it takes."""

from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Connection, Subquery, func, select

from bot.model import QueuePlace, Status
from storage.gate import look
from storage.tables import jobs

_MEASURED = 20
WAITING = (jobs.c.status == Status.QUEUED) & jobs.c.owner.is_(None)
RUNNING = jobs.c.status.in_((Status.QUEUED, Status.GENERATING)) & ~WAITING
"""Leased and not yet sent, or sent: what the gateway is, or is about to be, busy with."""


def running(connection: Connection) -> int:
    """Count what runs, over all processes."""
    return connection.execute(select(func.count()).where(RUNNING)).scalar_one()


def fair_order(*eligible: ColumnElement[bool]) -> Subquery:
    """Rank waiting jobs: a user's second job stands behind everybody's first, and what runs counts as served."""
    served = select(jobs.c.user_id, func.count().label("jobs")).where(RUNNING).group_by(jobs.c.user_id).subquery()
    own = func.row_number().over(partition_by=jobs.c.user_id, order_by=jobs.c.id)
    return (
        select(jobs.c.id, (own + func.coalesce(served.c.jobs, 0)).label("rank"))
        .outerjoin_from(jobs, served, served.c.user_id == jobs.c.user_id)
        .where(WAITING, *eligible)
        .subquery()
    )


def place(connection: Connection, job_id: str, max_running: int, now: datetime) -> QueuePlace | None:
    """Find a queued job's place. One that a worker has just taken is next."""
    row = connection.execute(select(jobs.c.status, jobs.c.owner, jobs.c.model).where(jobs.c.id == job_id)).one_or_none()
    if row is None or row.status != Status.QUEUED:
        return None
    position = 1 if row.owner else _position(connection, job_id)
    lasts = _latency(connection, row.model)
    if lasts is None:
        return QueuePlace(position=position)
    ahead = 0 if row.owner else max(0, running(connection) + position - max_running)
    pause = (look(connection).paused_until or now) - now
    # With `max_running` at a time one ends, on average, every `lasts / max_running`.
    seconds = lasts * (1 + ahead / max_running) + max(pause, timedelta()) / timedelta(seconds=1)
    return QueuePlace(position=position, seconds=seconds)


def _position(connection: Connection, job_id: str) -> int:
    order = fair_order()
    numbered = select(
        order.c.id, func.row_number().over(order_by=(order.c.rank, order.c.id)).label("position")
    ).subquery()
    position: int = connection.execute(select(numbered.c.position).where(numbered.c.id == job_id)).scalar_one()
    return position


def _latency(connection: Connection, model: str) -> float | None:
    """Give the median seconds of the latest deliveries: of the same model, or else of any."""
    return _median(connection, jobs.c.model == model) or _median(connection)


def _median(connection: Connection, *of: ColumnElement[bool]) -> float | None:
    delivered = select(jobs.c.started_at, jobs.c.ended_at).where(jobs.c.status == Status.DELIVERED, *of)
    latest = connection.execute(delivered.order_by(jobs.c.ended_at.desc()).limit(_MEASURED))
    lasted = [(ended - started) / timedelta(seconds=1) for started, ended in latest if started and ended]
    return median(lasted) if lasted else None
