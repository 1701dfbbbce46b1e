"""Writes by the worker that holds a job. If it lost the lease, they write nothing and raise LeaseLost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, false, select, update

from bot.core.errors import LeaseLost
from bot.core.image import ImageRequest, Note, StoredImage
from bot.core.model import Asked, Fault, Job, Status
from bot.core.origin import Address
from bot.core.rules import lifecycle
from storage.ledger.gate import take_turn
from storage.ledger.origins import values_of_address
from storage.ledger.places import unanswered
from storage.ledger.prepared import Prepared
from storage.ledger.rows import JOB, asked_model, images_of, values_of_images
from storage.ledger.tables import jobs

_same = (jobs.c.id == bindparam("job_id"), jobs.c.attempt == bindparam("at_attempt"))
_by = bindparam("by", type_=jobs.c.owner.type)
_fence = (*_same, jobs.c.owner.is_not_distinct_from(_by), jobs.c.status == bindparam("at_status"))
_mine = (jobs.c.owner == _by) | (jobs.c.owner.is_(None) & (jobs.c.told == false()) & _by.is_not(None))
_NOTIFIED: dict[str, Any] = {"told": True, "owner": None, "lease_until": None, "tokens": {}}
_IMAGES = Prepared(select(jobs.c.images, jobs.c.digests, jobs.c.images_sent).where(*_fence).with_for_update())


# Cached, since a statement depends only on its columns, and building it costs more than running it.
@cache
def _changing(columns: tuple[str, ...]) -> Prepared:
    return Prepared(update(jobs).where(*_fence).values(_new(columns)).returning(jobs))


@cache
def _updating_address(columns: tuple[str, ...]) -> Prepared:
    return Prepared(update(jobs).where(*_same, _mine).values(_new(columns)).returning(jobs))


def _new(columns: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in columns}


def advance(
    connection: Connection,
    job: Job,
    status: Status,
    *,
    now: datetime,
    fault: Fault | None,
    request_id: str | None,
    address: Address | None,
    images_sent: int | None,
    max_running: int,
    request: ImageRequest | None,
    asked: Asked | None,
    announced: bool,
) -> Job:
    """Change a job's status. A job whose delivery ends counts as notified. Raises ForbiddenTransition."""
    changes = _address_of(address) | _moving_on(job, status, now) | _announcing(announced=announced)
    if request is not None and request != job.request:
        changes |= asdict(request)
    if asked is not None and asked != job.asked:
        changes["asked_model"] = asked_model(asked)
    if status is Status.GENERATING:
        made = len(job.images)
        images_sent = made + unanswered(connection, job, made, max_running, now)
    if images_sent is not None:
        changes["images_sent"] = images_sent
    if fault is not None:
        changes["fault"] = fault
    if request_id is not None:
        changes["request_id"] = request_id
    return _write(connection, job, changes)


def add_images(
    connection: Connection,
    job: Job,
    images: Sequence[StoredImage],
    note: Note,
    *,
    complete: bool,
    max_running: int | None,
    now: datetime,
) -> Job:
    """Record images. Repeated calls record them once, and images recorded since `job` was read are kept.

    Requests that were counted as sent since then stay so, too.
    """
    more = None if complete or max_running is None or job.sent >= job.request.n else max_running
    if more is not None:
        take_turn(connection)
    row = _IMAGES.one_or_none(connection, _held_by(job))
    if row is None:
        raise LeaseLost(job.id)
    keys = {image.key for image in images}
    recorded = (*(other for other in images_of(row.images, row.digests) if other.key not in keys), *images)
    changes: dict[str, Any] = {**values_of_images(recorded)}
    if more is not None:
        made = len(recorded)
        changes["images_sent"] = max(row.images_sent, made + unanswered(connection, job, made, more, now))
    said = {"request_id": note.request_id, "revised_prompt": note.revised_prompt}
    changes |= {name: text for name, text in said.items() if text}
    if complete:
        changes |= _moving_on(job, Status.DELIVERING, now)
    return _write(connection, job, changes)


def record_refusal(connection: Connection, job: Job, images_sent: int) -> Job:
    """Record that requests were certainly not processed."""
    return _write(connection, job, {"images_sent": images_sent})


def record_unsent(connection: Connection, job_id: str, images_sent: int) -> None:
    """Record that a job was stopped before more requests than these had left."""
    too_many = (jobs.c.id == job_id, jobs.c.status == Status.STOPPED, jobs.c.images_sent > images_sent)
    connection.execute(update(jobs).where(*too_many).values(images_sent=images_sent))


def mark_notified(connection: Connection, job: Job, address: Address | None, *, announced: bool) -> Job:
    """Record that the outcome was shown: the lease and the tokens are no longer needed."""
    return _write(connection, job, _address_of(address) | _NOTIFIED | _announcing(announced=announced))


def update_address(connection: Connection, job: Job, address: Address) -> Job:
    """Store where the job is shown now; its status may have changed.

    A cancelled job has no owner until its end is shown: the message that was being sent then is the one to edit.
    """
    return _changed(connection, job, values_of_address(address), _updating_address)


def defer(connection: Connection, job: Job, until: datetime, fault: Fault | None, *, tried: bool) -> None:
    """Release the job until a given time. A job that was sent returns to the queue as if it had never been sent."""
    changes: dict[str, Any] = {"owner": None, "lease_until": None, "not_before": until}
    if job.status is Status.GENERATING:
        lifecycle.check(job.status, Status.QUEUED)
        changes |= {"status": Status.QUEUED, "started_at": None, "fault": fault, "images_sent": None}
    elif job.status is not Status.QUEUED:
        changes["deliveries"] = job.deliveries + tried
    _write(connection, job, changes)


def _announcing(*, announced: bool) -> dict[str, Any]:
    return {"announced": True} if announced else {}


def _address_of(address: Address | None) -> dict[str, Any]:
    return {} if address is None else {**values_of_address(address)}


def _moving_on(job: Job, status: Status, now: datetime) -> dict[str, Any]:
    lifecycle.check(job.status, status)
    changes: dict[str, Any] = {"status": status}
    if status is Status.GENERATING:
        changes |= {"started_at": now, "fault": None}
    if status.ended and not job.status.ended:
        changes["ended_at"] = now
    if lifecycle.is_outcome_shown(status):
        changes |= _NOTIFIED
    return changes


def _write(connection: Connection, job: Job, changes: Mapping[str, Any]) -> Job:
    return _changed(connection, job, changes, _changing)


def _changed(
    connection: Connection, job: Job, changes: Mapping[str, Any], statement: Callable[[tuple[str, ...]], Prepared]
) -> Job:
    values = {f"new_{name}": value for name, value in changes.items()}
    changed = statement(tuple(changes)).made(connection, {**_held_by(job), **values}, JOB)
    if changed is None:
        raise LeaseLost(job.id)
    return changed


def _held_by(job: Job) -> Mapping[str, Any]:
    return {"job_id": job.id, "by": job.owner, "at_attempt": job.attempt, "at_status": job.status}
