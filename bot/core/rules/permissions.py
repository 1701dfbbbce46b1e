"""Permissions: who may draw, and who may see, reuse and stop which job."""

from datetime import datetime, timedelta

from bot.core.access import Access
from bot.core.model import Job, Status
from bot.core.origin import Facts, Origin, User
from bot.core.refusals import (
    AdminUnknown,
    Busy,
    Forbidden,
    GuestRefused,
    NoFiles,
    NotHere,
    NotYours,
    NotYoursToDelete,
    Outsider,
    Refusal,
)

_KEPT = timedelta(minutes=30)
"""For how long a prompt that could not be drawn where it was asked for may be asked for elsewhere."""


def barred(facts: Facts, access: Access) -> Refusal | None:
    """Return why someone may not draw in a place, or None if they may. Unknown facts give no permission."""
    if not (access.elsewhere or facts.at_home):
        return NotHere()
    if facts.outsider is not False and not access.outsiders:
        return Outsider(facts.community_name) if facts.outsider else Busy()
    if facts.guest is not False and not access.guests:
        return GuestRefused(facts.community_name) if facts.guest else Busy()
    if facts.forbidden:
        return Forbidden()
    return NoFiles(facts.no_files) if facts.no_files else None


def may_see(job: Job, user: User) -> bool:
    """Return whether a user may look a job up, with its images: only the user who asked for it."""
    return job.origin.user.id == user.id


def may_reuse(job: Job, by: Origin, *, alone: bool = False) -> bool:
    """Return whether a user may ask for the same request again, or edit its prompt.

    The asker may do so from anywhere, and others where it was asked or is shown to them: there they see its buttons. If
    only its asker sees it, from the start or because its message was deleted (`alone`), nobody else learns the prompt,
    even if they send its id.
    """
    shown = any(copy.is_in(by.conversation) for copy in job.copies)
    return may_see(job, by.user) or shown or (_is_there(by, job.origin) and not alone)


def may_stop(job: Job, by: Origin) -> bool:
    """Return whether a user may cancel or stop a job: the asker and people who administer the place may."""
    return may_see(job, by.user) or _administers(by, job.origin) is True


def may_delete(job: Job, by: Origin) -> bool:
    """Return whether a user may take a job's images back: the asker and people who administer the place may."""
    return may_stop(job, by)


def may_keep(job: Job, by: Origin) -> bool:
    """Return whether a user may delete the message alone: the images stay in the asker's history."""
    return may_see(job, by.user)


def is_kept(job: Job, now: datetime) -> bool:
    """Return whether its asker may still ask for the same elsewhere. A clock that was set back doesn't end that."""
    return now - job.created_at <= _KEPT


def is_shareable(job: Job) -> bool:
    """Return whether the asker may show everybody what only they see since the message was deleted.

    The person who stops a job may also have deleted its message, so a stopped job isn't shared.
    """
    return job.status in {Status.DELIVERING, Status.DELIVERED} and bool(job.images)


def not_theirs_to_delete(job: Job, by: Origin) -> Refusal:
    """Return why a user who may not delete a job may not."""
    if _administers(by, job.origin) is None:
        return AdminUnknown()
    elsewhere = by.conversation.id != job.origin.conversation.id
    return NotYoursToDelete(moderators=by.facts.moderator is not None, elsewhere=elsewhere)


def not_theirs(job: Job, by: Origin) -> Refusal:
    """Return why a user who may not stop a job may not: an unknown fact isn't told as a no."""
    return AdminUnknown() if _administers(by, job.origin) is None else NotYours()


def _administers(by: Origin, where: Origin) -> bool | None:
    if by.conversation.id != where.conversation.id:
        return False
    return True if by.facts.moderator else by.facts.admin


def _is_there(by: Origin, where: Origin) -> bool:
    # In a channel that workspaces share, the conversation has an id in each of them, and the channel has one.
    one, other = by.conversation, where.conversation
    return one.id == other.id or (bool(one.channel) and one.channel == other.channel)
