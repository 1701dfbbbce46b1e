"""Convert between rows and values: a row never leaves `storage`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.core.errors import BotError
from bot.core.image import ImageRequest, StoredImage
from bot.core.model import Asked, Fault, Job, Status
from bot.core.origin import Facts
from bot.core.refusals import UnreadableJob
from bot.core.rules.admission import NewJob
from storage.ledger.origins import origin_of, values_of_origin
from storage.ledger.prepared import Making, Prepared
from storage.ledger.tables import jobs, storable

_ONE = Prepared(select(jobs).where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_at.is_(None)), alone=True)
_THESE = select(jobs).where(jobs.c.id.in_(bindparam("ids", expanding=True)))
# Before the model's name in `asked_model`: the job's images are test pictures. No gateway's model has such a name.
TEST = "test picture: "
_DIGEST = "sha256"
_REQUEST_FIELDS = tuple(field.name for field in fields(ImageRequest))
_IMAGE_FIELDS = frozenset(field.name for field in fields(StoredImage)) - {_DIGEST}
# SQLite's message for text that isn't UTF-8: the only error in a single row that is raised as one of the database.
_NOT_TEXT = "Could not decode"


def values_of(job: NewJob, *, by: str, now: datetime, not_before: datetime) -> Mapping[str, Any]:
    """Return the columns of a job that is accepted now."""
    return {
        "id": job.id,
        **values_of_origin(job.origin),
        "parent": job.parent,
        **values_of_request(job.request),
        "asked": dict(job.asked.options) if job.asked else None,
        "asked_model": asked_model(job.asked) if job.asked else None,
        "model_named": job.asked.named if job.asked else None,
        "status": Status.QUEUED.value,
        "accepted_by": by,
        "created_at": now,
        "not_before": not_before,
        **values_of_images(()),
        "revised_prompt": "",
        "request_id": "",
        "attempt": 0,
        "deliveries": 0,
        "told": False,
    }


def job_as_accepted(job: NewJob, *, now: datetime, not_before: datetime) -> Job:
    """Return a job as it will be read from its new row: to read that back would take as long as to write it."""
    facts, prompt = Facts(admin=bool(job.origin.facts.admin)), storable(job.request.prompt)
    return Job(
        id=job.id,
        origin=replace(job.origin, facts=facts),
        request=job.request if prompt == job.request.prompt else replace(job.request, prompt=prompt),
        status=Status.QUEUED,
        created_at=now,
        asked=job.asked,
        parent=job.parent,
        not_before=not_before,
    )


def values_of_request(request: ImageRequest) -> Mapping[str, Any]:
    """Return the columns of a request."""
    return {name: getattr(request, name) for name in _REQUEST_FIELDS}


def values_of_images(images: tuple[StoredImage, ...]) -> Mapping[str, Any]:
    """Return the columns of a job's images, and of the number that its user is charged for.

    The digests have a column of their own: an old release can't read images that have a field unknown to it.
    """
    return {
        "images": [{name: value for name, value in asdict(image).items() if name != _DIGEST} for image in images],
        "images_made": len(images),
        "digests": {image.key: image.sha256 for image in images if image.sha256},
    }


def job_of(row: Any) -> Job:
    """Return the job in a whole row of `jobs`."""
    return Job(
        id=row.id,
        origin=origin_of(row),
        request=_request_of(row),
        status=Status(row.status),
        created_at=row.created_at,
        asked=_asked_of(row),
        parent=row.parent,
        started_at=row.started_at,
        ended_at=row.ended_at,
        images=images_of(row.images, row.digests),
        images_sent=row.images_sent,
        revised_prompt=row.revised_prompt,
        fault=Fault(row.fault) if row.fault else None,
        request_id=row.request_id,
        owner=row.owner,
        attempt=row.attempt,
        deliveries=row.deliveries,
        not_before=row.not_before,
        notified=row.told,
        announced=bool(row.announced),
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by or "",
    )


JOB = Making(job_of)
"""Makes jobs of whole rows of `jobs`."""


@contextmanager
def reading(job_id: str) -> Iterator[None]:
    """Turn any error in reading one row into UnreadableJob, except the database's own errors, which stay the same."""
    try:
        yield
    except OperationalError as error:
        if _NOT_TEXT in str(error):
            raise UnreadableJob(job_id) from error
        raise
    except (SQLAlchemyError, OSError, BotError):
        raise
    except Exception as error:  # a row may hold anything, and must not keep the others from being read
        raise UnreadableJob(job_id) from error


def find_job(connection: Connection, job_id: str) -> Job | None:
    """Return a job, unless it was deleted. Raises UnreadableJob."""
    return one_job(connection, _ONE, {"job_id": job_id}, job_id)


def one_job(connection: Connection, statement: Prepared, parameters: Mapping[str, Any], job_id: str) -> Job | None:
    """Run a statement that returns the whole row of one job, if any. Raises UnreadableJob."""
    with reading(job_id):
        return statement.made(connection, parameters, JOB)


def readable_jobs(connection: Connection, ids: Sequence[str]) -> tuple[Job, ...]:
    """Return these jobs, in this order, without those that can't be read."""
    if not ids:
        return ()
    try:
        with reading(ids[0]):
            rows = {row.id: row for row in connection.execute(_THESE, {"ids": ids})}
            return tuple(job_of(rows[job_id]) for job_id in ids)
    except UnreadableJob:
        return tuple(job for job_id in ids for job in readable_jobs(connection, [job_id])) if len(ids) > 1 else ()


def images_of(column: list[dict[str, Any]], digests: object) -> tuple[StoredImage, ...]:
    """Return the images in a row's columns, without fields that only a newer release knows."""
    of = digests if isinstance(digests, dict) else {}
    return tuple(
        StoredImage(**{name: image[name] for name in _IMAGE_FIELDS}, sha256=str(of.get(image["key"], "")))
        for image in column
    )


def asked_model(asked: Asked) -> str:
    """Return the column for the model that was asked for."""
    return f"{TEST}{asked.model}" if asked.test else asked.model


def _asked_of(row: Any) -> Asked | None:
    """Return what was asked for; None for a row without it, or with something that another release put there."""
    if row.asked_model is None or not isinstance(row.asked, dict):
        return None
    options = {name: str(value) for name, value in row.asked.items()}
    return Asked(model=row.asked_model.removeprefix(TEST), options=options, test=row.asked_model.startswith(TEST))


def _request_of(row: Any) -> ImageRequest:
    return ImageRequest(
        model=row.model,
        prompt=row.prompt,
        n=row.n,
        size=row.size,
        quality=row.quality,
        style=row.style,
        background=row.background,
        output_format=row.output_format,
    )
