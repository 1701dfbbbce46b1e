"""The order of the queue: whose job is next, and how many jobs a new one comes after."""

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, case, exists, func, select

from bot.core.model import Status
from storage.ledger.places import RUNNING, USER, WAITING, count_unfinished
from storage.ledger.tables import jobs


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
    """Find the first of the eligible jobs in the order of `fair_order`: it is always some user's first one."""
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

    Its rank is the number of the user's waiting and running jobs, plus one. Most users have no other job. Then the jobs
    ahead are the first jobs of the users without a running job, and to count users is much faster than to rank jobs.
    """
    own = count_unfinished(jobs.c.user_id == user, jobs.c.status.in_((Status.QUEUED, Status.GENERATING)))
    served = _served()
    waits = exists().where(WAITING, jobs.c.user_id == served.c.user_id)
    people = select(func.count(jobs.c.user_id.distinct())).where(WAITING).scalar_subquery()
    of_them_served = select(func.count()).select_from(served).where(waits).scalar_subquery()
    return case((own == 0, people - of_them_served), else_=_ahead_of_rank(own + 1))


def _ahead_of_rank(rank: ColumnElement[int]) -> ScalarSelect[int]:
    """Count the waiting jobs up to a rank: of every user at most that many, less the jobs that they have running."""
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
    # The function for the smaller of two numbers has another name on each database.
    return (one + other - func.abs(one - other)) // 2
