"""What people read of a job that isn't in its row: the doubt that counts, and the time and the cost of its images."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.catalogue.catalogue import Catalogue
from bot.core.ledger import Ledger
from bot.core.model import Job
from bot.core.rules import doubt
from bot.core.rules.limits import QuotaPolicy


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Told:
    """Adds to a job the facts that people read and that aren't stored."""

    ledger: Ledger
    policy: QuotaPolicy
    catalogue: Catalogue
    now: Callable[[], datetime]

    async def of(self, job: Job) -> Job:
        """Return the job with these facts. Raises StorageError."""
        if own := doubt.of(job):
            earlier = await self.ledger.earlier_doubt(job, self.policy.window(job.created_at))
            job = replace(job, doubt_counted=doubt.counted_of(own, earlier=earlier, quota=self.policy.images))
        if not job.images:
            return job
        cost = None if job.test else self.catalogue.cost(job.request, len(job.images))
        return replace(job, cost=cost, seconds=seconds(job, self.now()))


async def as_it_is(job: Job) -> Job:
    """Return the job unchanged."""
    return job


def seconds(job: Job, now: datetime) -> float | None:
    """Return how long it took from the first request until the images could be shown; None if that isn't known.

    If a job's delivery was put off, nobody knows when its images were made.
    """
    began, end = job.started_at, job.ended_at or now
    if began is None or end < began or began < job.not_before <= end:
        return None
    return (end - began).total_seconds()
