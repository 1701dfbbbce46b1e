"""What is told of a job and isn't stored: what counts of its doubt, how long its images took, and what they cost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.catalogue import Catalogue
from bot.core.jobs.doubts import Doubts
from bot.core.model import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Looks up what is told of a job beside what it says itself."""

    doubts: Doubts
    catalogue: Catalogue
    now: Callable[[], datetime]

    async def of(self, job: Job) -> Job:
        """Return the job with all of it. Raises StorageError."""
        settled = await self.doubts.settled(job)
        if not job.images:
            return settled
        cost = None if job.test else self.catalogue.cost(job.request, len(job.images))
        return replace(settled, cost=cost, seconds=seconds(job, self.now()))


def seconds(job: Job, now: datetime) -> float | None:
    """Return how long it took from the first request until the images could be shown; None if that isn't known.

    Of a job whose images were put off, nobody knows when they were made.
    """
    began, end = job.started_at, job.ended_at or now
    if began is None or end < began or began < job.not_before <= end:
        return None
    return (end - began).total_seconds()
