"""What of a job's images in doubt counts against the quota of who asked: for what is told of the job."""

from dataclasses import dataclass, replace

from bot.core.ledger import Ledger
from bot.core.model import Job
from bot.core.rules import doubt
from bot.core.rules.limits import QuotaPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Looks at the asker's earlier jobs of the period, if anything of a job is in doubt."""

    ledger: Ledger
    policy: QuotaPolicy

    async def settled(self, job: Job) -> Job:
        """Return the job with what counts of its doubt. Raises StorageError."""
        own = doubt.of(job)
        if not own:
            return job
        earlier = await self.ledger.earlier_doubt(job, self.policy.window(job.created_at))
        return replace(job, doubt_counted=doubt.counted_of(own, earlier=earlier, quota=self.policy.images))


async def as_it_is(job: Job) -> Job:
    """Return the job as it is: where nobody has a quota, nothing of it counts."""
    return job
