"""What a job counts for, by the tables of the rules: what the database sums is compared with it."""

from bot.core.model import Fault, Status
from bot.core.rules.lifecycle import BILLED, BILLED_AFTER_BILLED_FAULT, DOUBT, DOUBT_AFTER_UNCERTAIN_FAULT, Share


def counted(share: Share, *, asked: int, made: int, sent: int | None = None) -> int:
    """Return how many images a share is. `sent` is None if it wasn't counted."""
    sent = asked if sent is None else sent
    unsure = max(0, sent - made)
    return {Share.NONE: 0, Share.MADE: made, Share.SENT: sent, Share.ASKED: asked, Share.UNSURE: unsure}[share]


def billed(status: Status, fault: Fault | None) -> Share:
    """Return what a job counts for against the budget of all users."""
    return BILLED_AFTER_BILLED_FAULT[status] if fault is not None and fault.billed else BILLED[status]


def in_doubt(status: Status, fault: Fault | None) -> Share:
    """Return of how many of a job's images nobody can say whether they were billed."""
    return DOUBT_AFTER_UNCERTAIN_FAULT[status] if fault is not None and fault.uncertain else DOUBT[status]
