"""Patience: when a delivery that failed is tried again, and when it is given up."""

from datetime import datetime, timedelta

from bot.core.errors import DeliveryError
from bot.core.model import Job, Status
from bot.core.rules import moments

GIVEN_UP_AFTER = timedelta(days=1)
_LONGEST_PAUSE = timedelta(minutes=10)


def is_worth_a_notice(job: Job, now: datetime, after: timedelta) -> bool:
    """Return whether the outcome took so long that its asker is told in a separate message: once, and not later on.

    Users who stopped or cancelled it, or pressed a button to see it again, know it already.
    """
    news = job.status in {Status.DELIVERING, Status.FAILED, Status.UNKNOWN}
    return news and not job.announced and now - job.created_at >= after


def is_given_up(job: Job, now: datetime) -> bool:
    """Return whether a delivery has been tried for long enough: only its age counts, since waiting is not a failure."""
    return now - (job.ended_at or job.started_at or job.created_at) >= GIVEN_UP_AFTER


def pause(error: DeliveryError, tries: int, first: float) -> timedelta:
    """Return how long to wait after a failure: as long as was asked for, else from `first` seconds, doubled each time.

    A place that is closed may be opened again, but not soon.
    """
    if error.permanent:
        return moments.LONGEST_TO_SHOW
    if error.retry_after is not None:
        return min(timedelta(seconds=max(error.retry_after, 0)), moments.LONGEST_TO_SHOW)
    return min(timedelta(seconds=first * 2.0 ** min(tries, 32)), _LONGEST_PAUSE)
