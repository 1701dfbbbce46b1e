"""Cancel jobs that wait, and stop those that are drawn."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from bot.core.model import Job, Status
from bot.core.origin import Address
from bot.core.rules import lifecycle, moments
from storage.ledger.ends import to_be_ended
from storage.ledger.origins import address_of
from storage.ledger.rows import job_of, reading
from storage.ledger.tables import jobs


def cancel(connection: Connection, job_id: str, pressed: Address | None, now: datetime) -> Job:
    """End a job for its user. Its lease ends too, so that any worker may show the outcome, in the pressed message."""
    found = to_be_ended(connection, job_id)
    status = Status(found.status)
    ended = lifecycle.after_cancel(status, made=found.images_made)
    lifecycle.check(status, ended)
    values: dict[str, Any] = {"status": ended, "owner": None, "lease_until": None, "told": False}
    values["not_before"] = moments.NEVER_PUT_OFF
    if ended.ended:
        values["ended_at"] = now
    with reading(job_id):
        if pressed:
            known = address_of(found).completed(pressed)
            values |= {"place": dict(known.place), "link": known.link}
        return job_of(connection.execute(update(jobs).where(jobs.c.id == job_id).values(values).returning(jobs)).one())
