"""Doubt: images that may or may not have been billed. As many as the quota are free in a period."""

from dataclasses import replace

from bot.core.model import Job, Usage
from bot.core.rules.lifecycle import DOUBT, DOUBT_AFTER_UNCERTAIN_FAULT, Share


def of(job: Job) -> int:
    """Return how many images of a job are in doubt."""
    if job.test:
        return 0
    uncertain = job.fault is not None and job.fault.uncertain
    match (DOUBT_AFTER_UNCERTAIN_FAULT if uncertain else DOUBT)[job.status]:
        case Share.SENT:
            return job.sent
        case Share.UNSURE:
            return max(0, job.sent - len(job.images))
        case _:
            return 0


def counted(doubt: int, quota: int) -> int:
    """Return how many of a person's images in doubt count against their quota."""
    return max(0, doubt - quota)


def counted_of(own: int, *, earlier: int, quota: int) -> int:
    """Return how many of one job's images in doubt count, where earlier jobs of the period have so many."""
    return counted(earlier + own, quota) - counted(earlier, quota)


def settled(usage: Usage, quota: int) -> Usage:
    """Return the usage with the doubt that counts added to what is used. No other doubt is left in it."""
    extra = counted(usage.doubt, quota)
    return replace(usage, used=usage.used + extra, doubt=extra)
