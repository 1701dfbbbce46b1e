"""The order of the queue, and how long a job in it will take."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    bindparam,
    case,
    exists,
    func,
    select,
    union_all,
)

from bot.core.image import JOB_ID
from bot.core.model import Status
from bot.core.queue import QueuePosition
from bot.core.rules import moments
from bot.core.rules import outage as outages
from storage.ledger.constants import fixed
from storage.ledger.gate import FAILURES, PAUSED_UNTIL, Gate
from storage.ledger.places import LEASED, RUNNING, TAKEN, USER, WAITING, count_unfinished
from storage.ledger.prepared import Prepared
from storage.ledger.tables import jobs

_MEASURED = 20
_LATELY = 1000
"""Among how many of the latest jobs those of any model are sought."""
_REMEMBERED = timedelta(seconds=5)


def fair_order() -> Subquery:
    """Rank waiting jobs: a user's second job comes after every user's first, and running jobs count as served."""
    served = _served()
    own = func.row_number().over(partition_by=jobs.c.user_id, order_by=jobs.c.id)
    return (
        select(jobs.c.id, (own + func.coalesce(served.c.jobs, 0)).label("rank"))
        .outerjoin_from(jobs, served, served.c.user_id == jobs.c.user_id)
        .where(WAITING)
        .subquery()
    )


def first_in_order(*eligible: ColumnElement[bool]) -> Select[str]:
    """Find the job that comes first in the order of `fair_order`, were these the only ones: some user's first job."""
    served = _served()
    firsts = (
        select(jobs.c.user_id, func.min(jobs.c.id).label("id"))
        .where(WAITING, *eligible)
        .group_by(jobs.c.user_id)
        .subquery()
    )
    return (
        select(firsts.c.id)
        .outerjoin(served, served.c.user_id == firsts.c.user_id)
        .order_by(func.coalesce(served.c.jobs, 0), firsts.c.id)
        .limit(1)
    )


def ahead_of_next(user: ColumnElement[str]) -> ColumnElement[int]:
    """Count the waiting jobs that the next job of a user comes after, in the order of `fair_order`.

    Its rank is the number of the user's waiting and running jobs, plus one. Most who ask have none: then these are the
    first jobs of those who have none running, and to count people is much faster than to number their jobs.
    """
    own = count_unfinished(jobs.c.user_id == user, jobs.c.status.in_((Status.QUEUED, Status.GENERATING)))
    served = _served()
    waits = exists().where(WAITING, jobs.c.user_id == served.c.user_id)
    people = select(func.count(jobs.c.user_id.distinct())).where(WAITING).scalar_subquery()
    of_them_served = select(func.count()).select_from(served).where(waits).scalar_subquery()
    return case((own == 0, people - of_them_served), else_=_ahead_of_rank(own + 1))


def _ahead_of_rank(rank: ColumnElement[int]) -> ScalarSelect[int]:
    """Count of every user as many waiting jobs as their running jobs leave up to a rank."""
    waiting = (
        select(jobs.c.user_id, func.count().label("jobs")).where(WAITING).group_by(jobs.c.user_id).subquery("waiting")
    )
    served = _served()
    room = rank - func.coalesce(served.c.jobs, 0)
    return (
        select(func.coalesce(func.sum(_least(waiting.c.jobs, room)), 0))
        .outerjoin_from(waiting, served, served.c.user_id == waiting.c.user_id)
        .where(room > 0)
        .scalar_subquery()
    )


def _served() -> Subquery:
    return select(USER.label("user_id"), func.count().label("jobs")).where(RUNNING).group_by(USER).subquery("served")


def _least(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    # The smaller of two numbers has another name on each database.
    return (one + other - func.abs(one - other)) // 2


def _numbered() -> Subquery:
    order = fair_order()
    return select(order.c.id, func.row_number().over(order_by=(order.c.rank, order.c.id)).label("position")).subquery()


_numbers = _numbered()
_NUMBER = select(_numbers.c.position).where(_numbers.c.id == bindparam("job_id")).scalar_subquery()
_PLACE = Prepared(
    select(
        jobs.c.owner,
        jobs.c.model,
        # A job that a worker has just claimed is next, and has no rank.
        func.coalesce(_NUMBER, 1).label("position"),
        TAKEN.scalar_subquery().label("taken"),
        PAUSED_UNTIL.label("paused_until"),
        FAILURES.label("failures"),
    ).where(jobs.c.id == bindparam("job_id"), jobs.c.status == Status.QUEUED)
)
_PLACES = select(
    _numbers.c.id,
    jobs.c.owner,
    jobs.c.model,
    _numbers.c.position,
    TAKEN.scalar_subquery().label("taken"),
    PAUSED_UNTIL.label("paused_until"),
    FAILURES.label("failures"),
).join_from(_numbers, jobs, jobs.c.id == _numbers.c.id)
_OLDEST = select(func.min(jobs.c.created_at)).where(WAITING)
_QUEUED_IDS = fixed(
    union_all(select(jobs.c.id).where(WAITING), select(jobs.c.id).where(LEASED, jobs.c.status == Status.QUEUED))
)
_LATEST_OF_MODEL = fixed(
    select(jobs.c.started_at, jobs.c.ended_at)
    .where(jobs.c.status == Status.DELIVERED, jobs.c.model == bindparam("of"))
    .order_by(jobs.c.ended_at.desc())
    .limit(_MEASURED)
)
_lately = (
    select(jobs.c.status, jobs.c.started_at, jobs.c.ended_at)
    .where(jobs.c.created_at > moments.NEVER_PUT_OFF)  # as every job: with it SQLite searches the index by time
    .order_by(jobs.c.created_at.desc())
    .limit(_LATELY)
    .subquery()
)
_LATEST = fixed(
    select(_lately.c.started_at, _lately.c.ended_at).where(_lately.c.status == Status.DELIVERED).limit(_MEASURED)
)


class Latencies:
    """The median seconds that the latest delivered jobs of a model took, or else those among the latest of any model.

    Each is remembered for a few seconds: every accepted job comes with an estimate.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float | None, datetime]] = {}

    def of(self, connection: Connection, model: str, now: datetime) -> float | None:
        """Return the seconds, or None if none of these jobs was delivered."""
        lasts, at = self._known.get(model, (None, now - _REMEMBERED))
        if not at <= now < at + _REMEMBERED:
            lasts = _median(connection.execute(_LATEST_OF_MODEL, {"of": model})) or _median(connection.execute(_LATEST))
            self._known[model] = lasts, now
        return lasts


def newest(connection: Connection) -> str | None:
    """Return the id of the newest waiting job, without ids of another form: new ones are made to sort after it."""
    return max((job_id for job_id in connection.scalars(_QUEUED_IDS) if JOB_ID.fullmatch(job_id)), default=None)


def durations(connection: Connection, models: Collection[str]) -> Mapping[str, float]:
    """Return the median seconds that the latest delivered jobs of each model took; a model with none is left out."""
    lasted = {model: _median(connection.execute(_LATEST_OF_MODEL, {"of": model})) for model in models}
    return {model: seconds for model, seconds in lasted.items() if seconds is not None}


def queue_position(
    connection: Connection, job_id: str, max_running: int, now: datetime, latencies: Latencies
) -> QueuePosition | None:
    """Return a queued job's place; None if it isn't queued. A job that a worker has just claimed is next."""
    row = _PLACE.one_or_none(connection, {"job_id": job_id})
    return row and _position(connection, row, max_running, now, latencies)


def queue_positions(
    connection: Connection, job_ids: Collection[str], max_running: int, now: datetime, latencies: Latencies
) -> Mapping[str, QueuePosition]:
    """Return the places of those of these jobs that wait: the queue is ranked once for all of them."""
    # Chosen here, not by the statement: a database takes only so many values, and ranks the whole queue in any case.
    wanted = frozenset(job_ids)
    rows = [row for row in connection.execute(_PLACES) if row.id in wanted]
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
    """Return when the job that waits longest was asked for; None if none waits."""
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


def _median(latest: Iterable[Row[Any]]) -> float | None:
    lasted = [
        (row.ended_at - row.started_at) / timedelta(seconds=1) for row in latest if row.started_at and row.ended_at
    ]
    return median(lasted) if lasted else None
