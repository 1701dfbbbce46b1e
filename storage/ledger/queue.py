"""Places in the queue, and how long it will take until a job in it is done."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Subquery, bindparam, func, select, union_all

from bot.core.image import JOB_ID
from bot.core.model import Job, Status
from bot.core.queue import QueuePosition
from bot.core.rules import moments
from bot.core.rules import outage as outages
from storage.ledger.constants import fixed
from storage.ledger.gate import FAILURES, PAUSED_UNTIL, Gate
from storage.ledger.latencies import Latencies
from storage.ledger.order import fair_order
from storage.ledger.places import LEASED, TAKEN, WAITING
from storage.ledger.prepared import Prepared
from storage.ledger.rows import find_job
from storage.ledger.tables import jobs


def _numbered() -> Subquery:
    order = fair_order()
    return select(order.c.id, func.row_number().over(order_by=(order.c.rank, order.c.id)).label("position")).subquery()


def _place() -> Select[Any]:
    numbers = _numbered()
    number = select(numbers.c.position).where(numbers.c.id == bindparam("job_id")).scalar_subquery()
    return select(
        jobs.c.owner,
        jobs.c.model,
        # A job that a worker has just claimed is next, and has no rank.
        func.coalesce(number, 1).label("position"),
        TAKEN.scalar_subquery().label("taken"),
        PAUSED_UNTIL.label("paused_until"),
        FAILURES.label("failures"),
    ).where(jobs.c.id == bindparam("job_id"), jobs.c.status == Status.QUEUED)


@cache
def _places() -> Select[Any]:
    numbers = _numbered()
    return select(
        numbers.c.id,
        jobs.c.owner,
        jobs.c.model,
        numbers.c.position,
        TAKEN.scalar_subquery().label("taken"),
        PAUSED_UNTIL.label("paused_until"),
        FAILURES.label("failures"),
    ).join_from(numbers, jobs, jobs.c.id == numbers.c.id)


# Alone: the latencies may be from another state: most often they are remembered.
_PLACE = Prepared(_place, alone=True)
_OLDEST = select(func.min(jobs.c.created_at)).where(WAITING)
_QUEUED_IDS = fixed(
    union_all(select(jobs.c.id).where(WAITING), select(jobs.c.id).where(LEASED, jobs.c.status == Status.QUEUED))
)


def newest(connection: Connection) -> str | None:
    """Return the id of the newest waiting job, without ids of another form: new ones are made to sort after it."""
    return max((job_id for job_id in connection.scalars(_QUEUED_IDS) if JOB_ID.fullmatch(job_id)), default=None)


def queue_position(
    connection: Connection, job_id: str, max_running: int, now: datetime, latencies: Latencies
) -> QueuePosition | None:
    """Return a queued job's place; None if it isn't queued. A job that a worker has just claimed is next."""
    row = _PLACE.one_or_none(connection, {"job_id": job_id})
    return row and _position(connection, row, max_running, now, latencies)


def with_place(
    connection: Connection, job_id: str, max_running: int, now: datetime, latencies: Latencies
) -> tuple[Job | None, QueuePosition | None]:
    """Return a job unless it was deleted, and its place if it is queued. Raises UnreadableJob."""
    job = find_job(connection, job_id)
    waits = job is not None and job.status is Status.QUEUED
    return job, queue_position(connection, job_id, max_running, now, latencies) if waits else None


def queue_positions(
    connection: Connection, job_ids: Collection[str], max_running: int, now: datetime, latencies: Latencies
) -> Mapping[str, QueuePosition]:
    """Return the places of the jobs that wait: the queue is ranked once for all of them."""
    # Chosen here, not by the statement: a database takes only so many values, and ranks the whole queue in any case.
    wanted = frozenset(job_ids)
    rows = [row for row in connection.execute(_places()) if row.id in wanted]
    return {row.id: _position(connection, row, max_running, now, latencies) for row in rows}


def _position(
    connection: Connection, row: Row[*tuple[Any, ...]], max_running: int, now: datetime, latencies: Latencies
) -> QueuePosition:
    if outages.are_outage(row.failures):
        return QueuePosition(number=row.position, next_try=row.paused_until or now)
    ahead = 0 if row.owner else row.taken + row.position - max_running
    pause = moments.left(row.paused_until, now, moments.LONGEST_IN_QUEUE)
    seconds = _estimate(latencies.of(connection, row.model, now), ahead, max_running, pause)
    return QueuePosition(number=row.position, seconds=seconds)


def waiting_since(connection: Connection) -> datetime | None:
    """Return when the job that waits longest was asked for; None if no job waits."""
    since: datetime | None = connection.scalar(_OLDEST)
    return since


def position_of_next(
    number: int, taken: int, max_running: int, gate: Gate, now: datetime, lasts: float | None
) -> QueuePosition:
    """Return the place of a job that is being accepted, with `number - 1` jobs ahead of it."""
    if outages.is_on(gate.outage):
        return QueuePosition(number=number, next_try=gate.paused_until or now)
    pause = moments.left(gate.paused_until, now, moments.LONGEST_IN_QUEUE)
    return QueuePosition(number=number, seconds=_estimate(lasts, taken + number - max_running, max_running, pause))


def _estimate(lasts: float | None, ahead: int, max_running: int, pause: timedelta) -> float | None:
    if lasts is None:
        return None
    # With `max_running` places, one gets free on average every `lasts / max_running` seconds.
    return lasts * (1 + max(0, ahead) / max_running) + pause / timedelta(seconds=1)
