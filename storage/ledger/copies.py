"""The further messages that show a job's images: they stay in the job's address when something else writes that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.core.copies import Copy, copies_in, with_copies
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.refusals import JobNotFound
from bot.core.rules import copying
from storage.ledger.prepared import Prepared
from storage.ledger.rows import one_job
from storage.ledger.tables import jobs

_HELD = Prepared(select(jobs).where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_at.is_(None)).with_for_update())


def keeping_copies(address: Address, place: Any, left: Copy | None = None) -> Address:
    """Return an address with the copies that the row's own `place` holds, and with what is `left` where it was."""
    held = place if isinstance(place, dict) else {}
    copies = copies_in(replace(address, place=held))
    return with_copies(address, (*copies, left) if left else copies)


def add(connection: Connection, job_id: str, copy: Copy) -> None:
    """Add a copy that is about to be shown. Raises JobNotFound, and what `rules.copying.admit` does."""
    job = one_job(connection, _HELD, {"job_id": job_id}, job_id)
    if job is None:
        raise JobNotFound
    copying.admit(job, copy)
    _write(connection, job, (*job.copies, copy))


def put(connection: Connection, job_id: str, copy: Copy) -> bool:
    """Write a copy in place of the one with its id. False if the job is gone, or a worker holds it."""
    job = _free(connection, job_id)
    if job is None:
        return False
    _write(connection, job, (*(each for each in job.copies if each.id != copy.id), copy))
    return True


def drop(connection: Connection, job_id: str, copy_id: str) -> None:
    """Take a copy out, if the job is there and no worker holds it."""
    if job := _free(connection, job_id):
        _write(connection, job, [each for each in job.copies if each.id != copy_id])


def _free(connection: Connection, job_id: str) -> Job | None:
    job = one_job(connection, _HELD, {"job_id": job_id}, job_id)
    return None if job is None or job.owner else job


def _write(connection: Connection, job: Job, copies: Sequence[Copy]) -> None:
    place = dict(with_copies(job.origin.address, copies).place)
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(place=place))
