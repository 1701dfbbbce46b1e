"""Jobs that people stop while this process works on them: they count as far as they were sent."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from bot.core.errors import StorageError
from bot.core.work_queue import WorkQueue

T = TypeVar("T")

_SECONDS = 0.5


@dataclass(slots=True)
class Sent:
    """How far a job was sent: the images that it had, and the requests that have left since and may be processed."""

    images: int = 0
    requests: int = 0
    leaves: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a request leaves."""

    @property
    def total(self) -> int:
        """How many images count as sent, in all."""
        return self.images + self.requests


class Stops:
    """Cuts off a `running` task when its job is stopped, and records how far the job was sent."""

    def __init__(self, work: WorkQueue, running: Mapping[str, asyncio.Task[None]]) -> None:
        self._work, self._running = work, running
        self._told: dict[str, asyncio.Event] = {}
        """The jobs that are stopped here; each is set once the ledger knows how far it was sent."""

    async def stop(self, job_id: str) -> None:
        """Stop working on a job, and wait a moment until it is known how far it was sent."""
        await asyncio.sleep(0)  # a job that was just begun has to come to `unless_stopped`
        if task := self._running.get(job_id):
            told = self._told.setdefault(job_id, asyncio.Event())
            task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    await told.wait()

    async def unless_stopped(self, job_id: str, sent: Sent, work: Awaitable[T]) -> T:
        """Return the result of the work. If somebody stops the job and so cuts it off, record how far it was sent."""
        try:
            return await work
        except asyncio.CancelledError:
            await self.record(job_id, sent.total)
            raise

    async def record(self, job_id: str, sent: int) -> None:
        """Record how far a job was sent, if somebody stopped it."""
        if told := self._told.get(job_id):
            with suppress(StorageError):  # then it counts as it was written before
                await self._work.record_unsent(job_id, images_sent=sent)
            told.set()

    def ended(self, job_id: str) -> None:
        """Note that a job is no longer worked on."""
        if told := self._told.pop(job_id, None):
            told.set()
