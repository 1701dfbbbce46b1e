"""Jobs that the page is to delete. For some seconds that can be undone: nothing is deleted in that time."""

import asyncio

from adapters.web.events import Changes
from bot.core.dispatch import Bot
from bot.core.model import Job
from bot.core.replies import Answer, Deletion
from bot.core.tasks import Tasks

UNDO_SECONDS = 10
"""How long a deletion can be undone. A kill in that time undoes it, too; the page then shows the job again."""


class Deletions:
    """Deletes jobs, at once or later, and tells every open page of their asker."""

    def __init__(self, bot: Bot, changes: Changes) -> None:
        self._bot, self._changes = bot, changes
        self._tasks = Tasks()
        self._held: dict[str, Deletion] = {}
        self._begun: set[str] = set()
        """The jobs that are being deleted, which can't be undone."""

    def hold(self, deletion: Deletion) -> None:
        """Delete a job once the time to undo that is over."""
        job = deletion.job
        if job.id not in self._held:
            self._held[job.id] = deletion
            self._tasks.spawn(self._later(deletion), f"delete {job.id} later")
        self._changes.tell(job.origin.user.id, job.id)

    def undo(self, job: Job) -> bool:
        """Take a deletion back. Return whether that was still possible."""
        undone = job.id not in self._begun and self._held.pop(job.id, None) is not None
        self._changes.tell(job.origin.user.id, job.id)
        return undone

    def is_held(self, job: Job) -> bool:
        """Return whether the job is about to be deleted."""
        return job.id in self._held

    async def now(self, deletion: Deletion) -> Answer:
        """Delete a job at once."""
        self._begun.add(deletion.job.id)
        try:
            said = await self._bot.delete(deletion)
        finally:
            self._begun.discard(deletion.job.id)
        if not said.refused:
            self._held.pop(deletion.job.id, None)
        self._changes.tell(deletion.job.origin.user.id, deletion.job.id)
        return said

    async def close(self) -> None:
        """Delete what waits: its asker was told that it is gone."""
        for deletion in list(self._held.values()):
            await self.now(deletion)
        await self._tasks.drain(0)

    async def _later(self, deletion: Deletion) -> None:
        while True:
            await asyncio.sleep(UNDO_SECONDS)
            if self._held.get(deletion.job.id) is not deletion or not (await self.now(deletion)).refused:
                return
