"""Writes by the worker that holds a job: they find the row as it was leased, or write nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, select, update

from bot.errors import LeaseLost
from bot.model import Address, Fault, Job, Status, StoredImage
from storage.rows import images_of, job_of, values_of_address, values_of_images
from storage.tables import jobs

_Fence = tuple[ColumnElement[bool], ...]


def advance(
    connection: Connection,
    job: Job,
    status: Status,
    *,
    now: datetime,
    fault: Fault | None,
    told: bool | None,
    texts: Mapping[str, str | None],
) -> Job:
    """Move a job on. What nobody has to be told any more has no lease, and no tokens."""
    given: dict[str, Any] = {"fault": fault, "told": told, **texts}
    changes = {name: value for name, value in given.items() if value is not None} | {"status": status}
    if status is Status.GENERATING and job.status is not status:
        changes |= {"started_at": now, "fault": None}
    if status.ended and not job.status.ended:
        changes["ended_at"] = now
    if status.ended and told:
        changes |= {"owner": None, "lease_until": None, "tokens": {}}
    return _write(connection, job, changes)


def add_image(connection: Connection, job: Job, image: StoredImage) -> Job:
    """Record an image, once however often it is tried, beside those recorded since `job` was read."""
    column = connection.scalar(select(jobs.c.images).where(*_fence(job)).with_for_update())
    if column is None:
        raise LeaseLost(job.id)
    others = tuple(other for other in images_of(column) if other.key != image.key)
    return _write(connection, job, values_of_images((*others, image)))


def readdress(connection: Connection, job: Job, address: Address) -> Job:
    """Keep where the job is shown now, however far its worker has got with it meanwhile.

    A cancelled job is nobody's until its end is told: the message that was on its way then is the one to change.
    """
    untold = jobs.c.owner.is_(None) & (jobs.c.told == false())
    mine = (jobs.c.owner == job.owner) | untold if job.owner else jobs.c.owner.is_(None) & false()
    return _write(
        connection, job, values_of_address(address), (jobs.c.id == job.id, mine, jobs.c.attempt == job.attempt)
    )


def put_off(connection: Connection, job: Job, until: datetime, fault: Fault | None) -> None:
    """Give the job up until a moment; one that was sent is back in the queue as if it never was."""
    changes: dict[str, Any] = {"owner": None, "lease_until": None, "not_before": until}
    if job.status is Status.GENERATING:
        changes |= {"status": Status.QUEUED, "started_at": None, "fault": fault}
    elif job.status is not Status.QUEUED:
        changes["deliveries"] = jobs.c.deliveries + 1
    _write(connection, job, changes)


def _write(connection: Connection, job: Job, changes: Mapping[str, Any], fence: _Fence | None = None) -> Job:
    row = connection.execute(update(jobs).where(*(fence or _fence(job))).values(changes).returning(jobs)).one_or_none()
    if row is None:
        raise LeaseLost(job.id)
    return job_of(row)


def _fence(job: Job) -> _Fence:
    return (*_held(job), jobs.c.status == job.status)


def _held(job: Job) -> _Fence:
    return jobs.c.id == job.id, jobs.c.owner == job.owner, jobs.c.attempt == job.attempt
