"""The end of work that no worker ends."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.core.model import Fault, Status
from bot.core.rules import lifecycle
from storage.ledger.tables import jobs

FOUND = select(jobs.c.id, jobs.c.status, jobs.c.fault, jobs.c.n, jobs.c.images_made)
"""What the rules need to know of a job."""


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
