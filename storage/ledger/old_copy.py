"""An old copy of the ledger, and abandoned work: what may have been done since isn't done again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select, update

from bot.core.image import StoredImage
from bot.core.model import OPEN, Status
from bot.core.rules import absence, lifecycle, moments
from storage.ledger.constants import fixed
from storage.ledger.ends import FOUND, end, fault_of
from storage.ledger.gate import take_turn
from storage.ledger.rows import values_of_images
from storage.ledger.tables import UNFINISHED, jobs

_FREE: Mapping[str, Any] = {"owner": None, "lease_until": None, "not_before": moments.NEVER_PUT_OFF}
_OPEN = FOUND.where(UNFINISHED, jobs.c.status.in_(sorted(OPEN)))
_NEWEST = 20
_WAITING = fixed(_OPEN.where(jobs.c.status == Status.QUEUED))
# What a process that lives and has work writes, again and again.
_SIGNS = (jobs.c.created_at, jobs.c.started_at, jobs.c.ended_at, jobs.c.lease_until)


def unfinished(connection: Connection) -> tuple[Mapping[str, int], Sequence[str]]:
    """Return the jobs that have no images yet with how many were asked for, and the keys of the newest images."""
    jobs_without = {row.id: row.n for row in connection.execute(_OPEN.where(jobs.c.images_made == 0))}
    newest = select(jobs.c.images).where(jobs.c.images_made > 0).order_by(jobs.c.id.desc()).limit(_NEWEST)
    return jobs_without, [image["key"] for images in connection.scalars(newest) for image in images]


def end_unfinished(
    connection: Connection, images: Mapping[str, tuple[StoredImage, ...]] | None, now: datetime
) -> Mapping[Status, int]:
    """End the jobs that waited or ran when a copy of the ledger was made, and count what becomes of them.

    `images` are those that were stored since; None if that isn't known. Then a message may already show the image, and
    stays as it is. No other message is sent about it: it is old news.
    """
    take_turn(connection)
    counts = {Status.UNKNOWN: 0, Status.DELIVERING: 0}
    for row in connection.execute(_OPEN.with_for_update()).all():
        found = images.get(row.id, ()) if images else ()
        made = len(found) or row.images_made
        before = Status(row.status)
        status, fault = lifecycle.after_restore(before, fault_of(row.fault), asked=row.n, made=made)
        more = values_of_images(found) if found else {}
        told = images is None and status.ended
        end(connection, row.id, before, status, fault, now=now, **_FREE, **more, told=told)
        counts[status] += 1
    connection.execute(update(jobs).where(jobs.c.told.is_(False)).values(announced=True, owner=None, lease_until=None))
    return counts


def end_left_waiting(connection: Connection, now: datetime) -> int:
    """End what waited while no process lived for long, and return how many jobs these are."""
    if not connection.scalar(select(exists(_WAITING))):
        return 0
    take_turn(connection)
    signs = connection.execute(select(*(func.max(sign) for sign in _SIGNS))).one()
    if not absence.was_long(max(sign for sign in signs if sign is not None), now):
        return 0
    left = connection.execute(_WAITING.with_for_update()).all()
    for row in left:
        ended = lifecycle.after_absence(asked=row.n, made=row.images_made)
        end(connection, row.id, Status.QUEUED, *ended, now=now, **_FREE, told=False)
    return len(left)


def image_keys(connection: Connection) -> list[str]:
    """Return the keys of all images, oldest first."""
    found = connection.scalars(select(jobs.c.images).where(jobs.c.images_made > 0).order_by(jobs.c.id))
    return [image["key"] for images in found for image in images]
