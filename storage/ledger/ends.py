"""The end of jobs that no worker ends."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.core.model import Fault, Status
from bot.core.refusals import JobNotFound
from bot.core.rules import lifecycle
from storage.ledger.rows import reading
from storage.ledger.tables import jobs

FOUND = select(jobs.c.id, jobs.c.status, jobs.c.fault, jobs.c.n, jobs.c.images_made)
"""What the rules need to know of a job."""
_ENDED_BY_PEOPLE = (
    select(jobs.c.status, jobs.c.images_made, jobs.c.platform, jobs.c.place, jobs.c.tokens, jobs.c.link)
    .where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_at.is_(None))
    .with_for_update()
)


def end(
    connection: Connection,
    job_id: str,
    before: Status,
    status: Status,
    fault: Fault | None,
    *,
    now: datetime,
    **values: object,
) -> None:
    """Write what became of a job. A word that only a newer release knows stays as it is, with the fault."""
    if status is not before:
        lifecycle.check(before, status)
        values |= {"status": status, "fault": fault}
        if status.ended:
            values["ended_at"] = now
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def fault_of(word: str | None) -> Fault | None:
    """Return the fault of a stored word."""
    return Fault(word) if word else None


def to_be_ended(connection: Connection, job_id: str) -> Any:
    """Return what the rules need to know of a job that somebody ends, and lock it. Raises JobNotFound."""
    with reading(job_id):
        found = connection.execute(_ENDED_BY_PEOPLE, {"job_id": job_id}).one_or_none()
    if found is None:
        raise JobNotFound
    return found
