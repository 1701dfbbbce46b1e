"""Between rows and values: a row never leaves `storage`."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.model import Address, Conversation, Fault, ImageRequest, Job, NewJob, Status, StoredImage, User


def values_of(job: NewJob, *, by: str, now: datetime, not_before: datetime) -> Mapping[str, Any]:
    """Give the columns of a job that is accepted now."""
    return {
        "id": job.id,
        "key": job.key,
        "user_id": job.user.id,
        "user_name": job.user.name,
        "user_admin": job.user.admin,
        "conversation_id": job.conversation.id,
        "conversation_name": job.conversation.name,
        **values_of_address(job.address),
        "locale": job.locale,
        "parent": job.parent,
        **asdict(job.request),
        "status": Status.QUEUED.value,
        "accepted_by": by,
        "created_at": now,
        "not_before": not_before,
        "images": [],
        "images_made": 0,
        "revised_prompt": "",
        "request_id": "",
        "attempt": 0,
        "deliveries": 0,
        "told": False,
    }


def values_of_address(address: Address) -> Mapping[str, Any]:
    """Give the columns of an address."""
    return {
        "platform": address.platform,
        "place": dict(address.place),
        "tokens": dict(address.tokens),
        "link": address.link,
    }


def values_of_images(images: tuple[StoredImage, ...]) -> Mapping[str, Any]:
    """Give the columns of a job's images, and the number that its user is charged for."""
    return {"images": [asdict(image) for image in images], "images_made": len(images)}


def job_of(row: Row[Any]) -> Job:
    """Give the job that a whole row of `jobs` holds."""
    return Job(
        id=row.id,
        key=row.key,
        user=User(id=row.user_id, name=row.user_name, admin=row.user_admin),
        conversation=Conversation(id=row.conversation_id, name=row.conversation_name),
        address=Address(platform=row.platform, place=row.place, tokens=row.tokens, link=row.link),
        locale=row.locale,
        request=_request_of(row),
        status=Status(row.status),
        created_at=row.created_at,
        parent=row.parent,
        started_at=row.started_at,
        ended_at=row.ended_at,
        images=images_of(row.images),
        revised_prompt=row.revised_prompt,
        fault=Fault(row.fault) if row.fault else None,
        request_id=row.request_id,
        owner=row.owner,
        attempt=row.attempt,
        deliveries=row.deliveries,
        not_before=row.not_before,
        told=row.told,
    )


def images_of(column: list[dict[str, Any]]) -> tuple[StoredImage, ...]:
    """Give the images in a row's column."""
    return tuple(StoredImage(**image) for image in column)


def _request_of(row: Row[Any]) -> ImageRequest:
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
