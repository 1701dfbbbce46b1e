"""Claims the next job. If it has to wait for nothing, the same commit begins it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bot.core.jobs.model_choice import ModelChoice
from bot.core.jobs.progress import Shown
from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.jobs.stops import Stops
from bot.core.language import prepare
from bot.core.model import Job
from bot.core.queue import Claimed, QueuePosition
from bot.core.work_queue import WorkQueue


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Claims:
    """Claims jobs for one worker. While a claim may begin a job, its task is in `running` under the job's id."""

    owner: str
    work: WorkQueue
    choice: ModelChoice
    queue_updates: QueueUpdates
    stops: Stops
    running: dict[str, asyncio.Task[None]]
    shown: Mapping[str, Shown]

    async def next(self, *, max_running: int) -> Claimed | None:
        """Claim the next job; None if no job is due. Raises StorageError."""
        asked: list[tuple[Job, QueuePosition | None]] = []
        claimed = None
        try:
            claimed = await self.work.claim(
                self.owner, max_running=max_running, ready=partial(self._ready, asked=asked)
            )
        except asyncio.CancelledError:
            for job, _ in asked:
                await self.stops.record(job.id, len(job.images))
                self.stops.ended(job.id)
            raise
        finally:
            for job, place in asked:
                self.running.pop(job.id)
                if place and (claimed is None or claimed.job.id != job.id):
                    self.queue_updates.watch(job.id, place)
        return claimed

    async def _ready(self, job: Job, asked: list[tuple[Job, QueuePosition | None]]) -> Job | None:
        """Return the next job with the request to send; None if its run has to wait for something first.

        From here on nobody is told of its place in the queue, and to stop it cuts off the claim.
        """
        await prepare(job.origin.locale)
        if job.id in self.running or job.id in self.shown or self.queue_updates.is_telling(job.id):
            return None
        chosen, claiming = self.choice.chosen_at_once(job), asyncio.current_task()
        if chosen is None or claiming is None:
            return None
        self.running[job.id] = claiming
        asked.append((job, self.queue_updates.hush(job.id)))
        return chosen
