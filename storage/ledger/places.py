"""Places under `MAX_CONCURRENT_JOBS`: how many are taken, and how many requests of one job may be sent."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, cast, false, func, select

from bot.core.model import Job, Status
from bot.core.rules import moments
from bot.core.rules import outage as outages
from bot.core.rules.places import places
from storage.ledger.constants import fixed
from storage.ledger.gate import is_cooling, take_turn
from storage.ledger.moments import is_over
from storage.ledger.prepared import Prepared
from storage.ledger.tables import UNFINISHED, jobs

WAITING: ColumnElement[bool] = fixed((jobs.c.status == Status.QUEUED) & jobs.c.owner.is_(None))
# A job whose asker named no model can be drawn with another one.
NOT_COOLING = ~is_cooling(jobs.c.model) | (jobs.c.model_named == false())
STARTABLE = (is_over(jobs.c.not_before, moments.LONGEST_IN_QUEUE), NOT_COOLING)
"""What else must be true of a waiting job before it may start. A pause of the gateway is not among it."""
# Takes the place of the column in queries about leases. With the plain column SQLite would use the index of users, and
# read all jobs, or all of one user. A cast is still a text, so a join to the column can use an index. With any other
# expression, each waiting job would be compared with each lease.
USER: ColumnElement[str] = cast(jobs.c.user_id, Text)
# SQLite searches an index for `> ''`. For NOT NULL it would read the whole index.
LEASED: ColumnElement[bool] = fixed(jobs.c.owner > "")
RUNNING: ColumnElement[bool] = fixed(LEASED & jobs.c.status.in_((Status.QUEUED, Status.GENERATING)))
"""Leased and not yet sent, or sent: the jobs that the gateway works on, or soon will."""


def _taken(*but: ColumnElement[bool]) -> Select[int]:
    """Sum up the places: one for a leased job; for a sent one its unanswered requests, or one if it has no count."""
    unanswered = func.coalesce(jobs.c.images_sent - jobs.c.images_made, 1)
    sent = func.coalesce(func.sum(unanswered).filter(jobs.c.status == Status.GENERATING), 0)
    return select(sent + func.count().filter(jobs.c.status == Status.QUEUED)).where(LEASED, *but)


def count_unfinished(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Count jobs without a lease and jobs with one apart, as the index has them."""
    free = select(func.count()).where(UNFINISHED, jobs.c.owner.is_(None), *conditions)
    # A filter, not WHERE, for the reason that `USER` has.
    leased = select(func.count().filter(*conditions)).where(LEASED)
    return free.scalar_subquery() + leased.scalar_subquery()


TAKEN = fixed(_taken())
"""How many places are taken, over all processes."""
_due = select(jobs.c.id).where(WAITING, *STARTABLE).limit(bindparam("at_most")).subquery()
_AROUND = Prepared(
    lambda: fixed(
        select(
            _taken(jobs.c.id != bindparam("job_id")).scalar_subquery().label("taken"),
            select(func.count()).select_from(_due).scalar_subquery().label("waiting"),
        )
    )
)
_TAKEN = Prepared(TAKEN)


def taken(connection: Connection) -> int:
    """Count the places that are taken, over all processes."""
    return int(_TAKEN.one(connection)[0])


def tries(connection: Connection, since: datetime | None) -> int:
    """Count the jobs that were begun after the latest pause of an outage, and are leased."""
    begun = (jobs.c.status == Status.QUEUED) | ((jobs.c.status == Status.GENERATING) & (jobs.c.started_at >= since))
    return int(connection.execute(select(func.count()).where(LEASED, begun)).scalar_one())


def unanswered(connection: Connection, job: Job, made: int, max_running: int, now: datetime) -> int:
    """Return how many requests of a job may be unanswered, once `made` of its images are there.

    If that depends on other jobs, the gate row is locked. It has to be locked before the job's row, as in a claim.
    While the gateway takes no waiting jobs, a job gets no second request either.
    """
    missing = job.request.n - made
    if missing < 2:
        return missing
    gate = take_turn(connection)
    if gate.is_paused(now) or outages.is_on(gate.outage):
        return 1
    taken, waiting = around(connection, job, max_running, now)
    return places(missing=missing, free=max_running - taken, waiting=waiting)


def around(connection: Connection, job: Job, max_running: int, now: datetime) -> tuple[int, int]:
    """Return how many places other jobs have, and how many others are due, counted up to `max_running`."""
    found = _AROUND.one(connection, {"job_id": job.id, "at_most": max_running, "now": now})
    return int(found.taken), int(found.waiting)
