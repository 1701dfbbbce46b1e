"""Delete jobs: nobody finds them from then on, and what counts stays."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot.core.model import OPEN, Job, Status
from bot.core.origin import Address
from bot.core.rules import lifecycle, moments
from storage.ledger.copies import keeping_copies
from storage.ledger.ends import to_be_ended
from storage.ledger.origins import values_of_address
from storage.ledger.rows import job_of, reading
from storage.ledger.tables import jobs


def delete(connection: Connection, job_id: str, by: str, address: Address, now: datetime) -> Job:
    """Mark a job as deleted, and end it. What counts stays: `images_made`, and how many were sent.

    It counts as untold, so that a worker deletes what the chat and the store have of it.
    """
    found = to_be_ended(connection, job_id)
    status = Status(found.status)
    ended = lifecycle.after_delete(status, made=found.images_made)
    values: dict[str, Any] = {"owner": None, "lease_until": None, "told": False, "deliveries": 0}
    values |= {"not_before": moments.NEVER_PUT_OFF, "deleted_at": now, "deleted_by": by}
    values |= {"prompt": "", "revised_prompt": "", "images": [], "digests": None}
    values |= values_of_address(keeping_copies(address, found.place))
    if ended is not status:
        lifecycle.check(status, ended)
        values |= {"status": ended, "ended_at": now}
    with reading(job_id):
        return job_of(connection.execute(update(jobs).where(jobs.c.id == job_id).values(values).returning(jobs)).one())


def unlink(connection: Connection, job_id: str) -> None:
    """Forget the link to an ended job's message."""
    connection.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.status.not_in(sorted(OPEN))).values(link=""))


def deleted(connection: Connection, job_ids: Collection[str]) -> Collection[str]:
    """Return which of these jobs are marked as deleted."""
    marked = select(jobs.c.id).where(jobs.c.id.in_(sorted(job_ids)), jobs.c.deleted_at.is_not(None))
    return connection.scalars(marked).all()
