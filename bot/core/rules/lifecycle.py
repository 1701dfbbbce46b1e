"""The life of a job: the transitions that are allowed, what each status counts for, and what ends a job early."""

from collections.abc import Mapping
from enum import StrEnum

from bot.core.errors import ForbiddenTransition, TooLate
from bot.core.model import OPEN, Fault, Status

_ENDED: frozenset[Status] = frozenset()

NEXT: Mapping[Status, frozenset[Status]] = {
    # Cancelled after some of its images were made, it is delivered; if the gateway is down, it fails unsent.
    Status.QUEUED: frozenset(
        {Status.GENERATING, Status.CANCELLED, Status.DELIVERING, Status.FAILED, Status.UNKNOWN},
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
    """How many of a job's images count: none, those that were made, or all that were asked for."""

    NONE = "none"
    MADE = "made"
    ASKED = "asked"


USED: Mapping[Status, Share] = {
    Status.QUEUED: Share.NONE,
    Status.GENERATING: Share.NONE,
    Status.DELIVERING: Share.MADE,
    Status.DELIVERED: Share.MADE,
    Status.UNDELIVERED: Share.MADE,
    Status.CANCELLED: Share.NONE,
    Status.STOPPED: Share.ASKED,
    Status.FAILED: Share.NONE,
    Status.UNKNOWN: Share.NONE,
    Status.UNCLEAR: Share.NONE,
}
"""What a job's user has used up of the quota. A stopped job counts, since its request had been sent."""

RESERVED: Mapping[Status, Share] = {
    status: Share.ASKED if status in {Status.QUEUED, Status.GENERATING} else Share.NONE for status in Status
}
"""What is kept of the user's quota for a job whose images are still to be made."""

BILLED: Mapping[Status, Share] = {
    Status.QUEUED: Share.ASKED,
    Status.GENERATING: Share.ASKED,
    Status.DELIVERING: Share.MADE,
    Status.DELIVERED: Share.MADE,
    Status.UNDELIVERED: Share.MADE,
    Status.CANCELLED: Share.NONE,
    Status.STOPPED: Share.ASKED,
    Status.FAILED: Share.NONE,
    Status.UNKNOWN: Share.ASKED,
    Status.UNCLEAR: Share.ASKED,
}
"""What counts against the budget of all users: the images that were, or may be, billed."""

BILLED_AFTER_UNCERTAIN_FAULT: Mapping[Status, Share] = {
    status: Share.ASKED if share is Share.MADE else share for status, share in BILLED.items()
}
"""The same for a job with an uncertain fault: what happened to the images that were not made isn't known."""


def check(before: Status, after: Status) -> None:
    """Raise ForbiddenTransition unless `after` may follow `before`."""
    if after not in NEXT[before]:
        raise ForbiddenTransition(before, after)


def is_outcome_shown(status: Status) -> bool:
    """Return whether a job that reaches this status needs no further message: the delivery of its images was one."""
    return status is Status.DELIVERED


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


def after_death(status: Status, fault: Fault | None, *, asked: int, made: int) -> tuple[Status, Fault | None]:
    """Return what becomes of a job whose process died, and with which fault.

    A request that may have been sent is not sent again: it may have been billed. Any other work is done again.
    """
    if status is not Status.GENERATING:
        return status, fault
    if made == 0:
        return Status.UNKNOWN, Fault.CRASHED
    return Status.DELIVERING, Fault.CRASHED if made < asked else fault


def after_giving_up(status: Status, fault: Fault | None) -> tuple[Status, Fault | None]:
    """Return what becomes of a job that no live process can read, and with which fault."""
    return (Status.UNKNOWN, Fault.UNCLEAR) if status in OPEN else (status, fault)
