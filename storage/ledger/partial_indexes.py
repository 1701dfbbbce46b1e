"""The partial indexes of the jobs, and the tables with all their indexes, which the migrations need.

They are declared apart: to check them, SQLAlchemy imports its code for both databases, which no start needs.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Index

from bot.core.model import Status
from storage.ledger.constants import fixed
from storage.ledger.tables import NOT_DELIVERED, UNFINISHED, jobs, metadata

__all__ = ["metadata"]


def _partial(name: str, condition: ColumnElement[bool], *columns: Column[Any]) -> Index:
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


# Leases, open jobs, the backlog, the fair order, outcomes that were not shown yet.
_partial("jobs_unfinished", UNFINISHED, jobs.c.owner, jobs.c.status, jobs.c.user_id, jobs.c.id)
# Latencies of one model, counts.
_partial("jobs_delivered", fixed(jobs.c.status == Status.DELIVERED), jobs.c.status, jobs.c.model, jobs.c.ended_at)
_partial("jobs_not_delivered", NOT_DELIVERED, jobs.c.status)  # counts
