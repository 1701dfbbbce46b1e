"""Jobs that one click asked for. For a few seconds they can be taken back: nothing is sent in that time."""

import asyncio

from adapters.web.address import WebAddress
from adapters.web.events import Changes
from bot.core.dispatch import Bot
from bot.core.model import Job, Status
from bot.core.tasks import Tasks

UNDO_SECONDS = 5
"""How long a job that one click asked for can be taken back. It is less than the hold of an accepted job."""


class Undo:
    """Confirms accepted jobs later. It keeps nothing that a job needs: without it, a job's hold ends by itself."""

    def __init__(self, bot: Bot, changes: Changes) -> None:
        self._bot, self._changes = bot, changes
        self._tasks = Tasks()
        self._held: set[str] = set()

    def hold(self, address: WebAddress) -> None:
        """Confirm the job at this address once its time to be taken back is over."""
        self._held.add(address.job)
        self._tasks.spawn(self._confirm(address), f"confirm {address.job} later")

    def offered(self, job: Job) -> bool:
        """Return whether the job can still be taken back."""
        return job.id in self._held and job.status is Status.QUEUED

    async def close(self) -> None:
        """Forget all jobs. The process that works next draws them."""
        await self._tasks.drain(0)

    async def _confirm(self, address: WebAddress) -> None:
        try:
            await asyncio.sleep(UNDO_SECONDS)
        finally:
            self._held.discard(address.job)
        await self._bot.confirm(address.job, address.envelope)
        self._changes.tell(address.person, address.job)
