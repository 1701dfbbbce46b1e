"""The life of a job: the transitions that are allowed, what each status counts for, and what ends a job early."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.core.errors import ForbiddenTransition
from bot.core.model import OPEN, Fault, Status
from bot.core.refusals import TooLate

_ENDED: frozenset[Status] = frozenset()

NEXT: Mapping[Status, frozenset[Status]] = {
    # Cancelled after some of its images were made, it is delivered, or deleted, undelivered; if the gateway is down, it
    # fails unsent.
    Status.QUEUED: frozenset(
        {
            Status.GENERATING,
            Status.CANCELLED,
            Status.DELIVERING,
            Status.UNDELIVERED,
            Status.FAILED,
            Status.UNKNOWN,
        },
    ),
    # Back to the queue only if it is certain that the request was not processed.
    Status.GENERATING: frozenset(
        {Status.QUEUED, Status.DELIVERING, Status.STOPPED, Status.FAILED, Status.UNKNOWN},
    ),
    Status.DELIVERING: frozenset({Status.DELIVERED, Status.UNDELIVERED, Status.UNKNOWN}),
    Status.DELIVERED: _ENDED,
    # A place that was closed may be open later: neither images nor cost change by that.
    Status.UNDELIVERED: frozenset({Status.DELIVERED}),
    Status.CANCELLED: _ENDED,
    Status.STOPPED: _ENDED,
    Status.FAILED: _ENDED,
    Status.UNKNOWN: _ENDED,
    Status.UNCLEAR: _ENDED,
}
"""The statuses that may follow each status."""


class Share(StrEnum):
    """How many of a job's images count: none, those made, those a request was sent for, or all that were asked for.

    Or the images that a request was sent for and that were not made.
    """

    NONE = "none"
    MADE = "made"
    SENT = "sent"
    """As in `Job.sent`: the images that were made or may have been billed."""
    ASKED = "asked"
    UNSURE = "unsure"


USED: Mapping[Status, Share] = {
    Status.QUEUED: Share.NONE,
    Status.GENERATING: Share.NONE,
    Status.DELIVERING: Share.MADE,
    Status.DELIVERED: Share.MADE,
    Status.UNDELIVERED: Share.MADE,
    Status.CANCELLED: Share.NONE,
    Status.STOPPED: Share.SENT,
    Status.FAILED: Share.NONE,
    Status.UNKNOWN: Share.NONE,
    Status.UNCLEAR: Share.NONE,
}
"""The images that count against the user's quota. A stopped job counts those whose requests had been sent."""

RESERVED: Mapping[Status, Share] = {
    status: Share.ASKED if status in {Status.QUEUED, Status.GENERATING} else Share.NONE for status in Status
}
"""The part of the user's quota that is reserved for a job whose images are still to be made."""

BILLED: Mapping[Status, Share] = {
    Status.QUEUED: Share.ASKED,
    Status.GENERATING: Share.ASKED,
    Status.DELIVERING: Share.MADE,
    Status.DELIVERED: Share.MADE,
    Status.UNDELIVERED: Share.MADE,
    Status.CANCELLED: Share.NONE,
    Status.STOPPED: Share.SENT,
    Status.FAILED: Share.NONE,
    Status.UNKNOWN: Share.SENT,
    Status.UNCLEAR: Share.ASKED,
}
"""What counts against the budget of all users: the images that were, or may be, billed."""

BILLED_AFTER_BILLED_FAULT: Mapping[Status, Share] = {
    status: Share.SENT if share is Share.MADE or status is Status.FAILED else share for status, share in BILLED.items()
}
"""The same for a job with a fault that may have been billed: that counts in addition to the images that were made."""


DOUBT: Mapping[Status, Share] = {status: Share.SENT if status is Status.UNKNOWN else Share.NONE for status in Status}
"""The images that may or may not have been billed: their asker has as many free as the quota is."""

DOUBT_AFTER_UNCERTAIN_FAULT: Mapping[Status, Share] = {
    status: Share.UNSURE if USED[status] is Share.MADE else share for status, share in DOUBT.items()
}
"""The same for a job with a fault that leaves doubt: that is in addition to the images that were made."""


def check(before: Status, after: Status) -> None:
    """Raise ForbiddenTransition unless `after` may follow `before`."""
    if after not in NEXT[before]:
        raise ForbiddenTransition(before, after)


def is_outcome_shown(status: Status) -> bool:
    """Return whether a job that reaches this status needs no further message: the delivery of its images was one."""
    return status is Status.DELIVERED


def gravest(faults: Sequence[Fault]) -> Fault:
    """Return which of several faults a job ends with: the one that leaves the most in doubt, the first of its kind.

    A job is tried again only if none of its requests may have been processed.
    """
    return max(faults, key=lambda fault: (fault.uncertain, fault.billed, not fault.unprocessed))


def after_fault(fault: Fault, *, made: int) -> Status:
    """Return how generation ends after a fault: images that were made before it are delivered."""
    if made:
        return Status.DELIVERING
    return Status.UNKNOWN if fault.uncertain else Status.FAILED


def after_cancel(status: Status, *, made: int) -> Status:
    """Return what becomes of a job that is cancelled. Raises TooLate.

    A queued job that was deferred after some of its images were made is cut short: these are delivered.
    """
    match status:
        case Status.QUEUED:
            return Status.DELIVERING if made else Status.CANCELLED
        case Status.GENERATING:
            return Status.STOPPED
        case _:
            raise TooLate


def after_delete(status: Status, *, made: int) -> Status:
    """Return what becomes of a job that is deleted: it ends, is never shown again, and counts as if it hadn't been."""
    match status:
        case Status.QUEUED:
            return Status.UNDELIVERED if made else Status.CANCELLED
        case Status.GENERATING:
            return Status.STOPPED
        case Status.DELIVERING:
            return Status.UNDELIVERED
        case _:
            return status


def after_death(status: Status, fault: Fault | None, *, asked: int, made: int) -> tuple[Status, Fault | None]:
    """Return what becomes of a job whose process died, and with which fault.

    A request that may have been sent is not sent again: it may have been billed. Any other work is done again.
    """
    if status is not Status.GENERATING:
        return status, fault
    if made == 0:
        return Status.UNKNOWN, Fault.CRASHED
    return Status.DELIVERING, Fault.CRASHED if made < asked else fault


def after_restore(status: Status, fault: Fault | None, *, asked: int, made: int) -> tuple[Status, Fault | None]:
    """Return what becomes of an open job in an old copy of the ledger, and with which fault.

    It may have been sent after the copy was made, so it isn't sent again. Images can safely be shown again.
    """
    if status is Status.DELIVERING:
        return status, fault
    if made == 0:
        return Status.UNKNOWN, Fault.RESTORED
    return Status.DELIVERING, Fault.RESTORED if made < asked else None


def after_absence(*, asked: int, made: int) -> tuple[Status, Fault | None]:
    """Return what becomes of a waiting job that no process looked after for a long time, and with which fault."""
    if made == 0:
        return Status.FAILED, Fault.ABSENCE
    return Status.DELIVERING, Fault.ABSENCE if made < asked else None


def after_outage(fault: Fault, *, asked: int, made: int) -> tuple[Status, Fault | None]:
    """Return what becomes of a job that waited too long for the gateway, and with which fault."""
    if made == 0:
        return Status.FAILED, fault
    return Status.DELIVERING, fault if made < asked else None


def after_giving_up(status: Status, fault: Fault | None) -> tuple[Status, Fault | None]:
    """Return what becomes of a job that no live process can read, and with which fault."""
    return (Status.UNKNOWN, Fault.UNCLEAR) if status in OPEN else (status, fault)
