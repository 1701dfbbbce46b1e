"""Queue news: users who wait are shown, at a limited rate, that their jobs moved up, or what they wait for."""

import asyncio
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial

from bot.core.clock import Clock
from bot.core.errors import StorageError
from bot.core.jobs.delivery import Delivery
from bot.core.ledger import Ledger
from bot.core.model import Status
from bot.core.origin import Address
from bot.core.queue import QueuePosition
from bot.core.rules import moments
from bot.core.supervise import Loop

_SETTLE_SECONDS = 5.0
_SHOWN_PER_ROUND = 10
# While messages are slow to show, the queue moves on; places older than this are asked for again.
_FRESH_SECONDS = 2.0


class QueueUpdates:
    """Shows users that their jobs moved up, or when an outage of the gateway may end: this process's jobs, one by one.

    A job's move to position 1 is never shown: any process may take the job at any moment then, and the message could
    arrive after the job's result. Within this process, `quiet` waits for a message that is being sent.
    """

    def __init__(self, *, ledger: Ledger, delivery: Delivery, clock: Clock, max_running: int) -> None:
        self._ledger, self._delivery, self._clock, self._max_running = ledger, delivery, clock, max_running
        self._positions: dict[str, QueuePosition] = {}
        self._notifying: str | None = None
        self._posted: dict[str, Address] = {}
        """New messages of this round, by job: a worker that took the job meanwhile doesn't find them in the ledger."""
        self._free = asyncio.Lock()

    def watch(self, job_id: str, position: QueuePosition) -> None:
        """Watch a job that was shown at `position`, to show its user when it moves up."""
        if position.number > 1:
            self._positions[job_id] = position

    def is_telling(self, job_id: str) -> bool:
        """Return whether news of this job is being sent, or was posted so recently that the ledger may not have it."""
        return self._notifying == job_id or job_id in self._posted

    def hush(self, job_id: str) -> QueuePosition | None:
        """Send no further news of this job. Return the position at which it was watched; None if it wasn't."""
        return self._positions.pop(job_id, None)

    async def quiet(self, job_id: str) -> Address | None:
        """Show no more news of this job, as a worker has taken it. Return where news was just posted, if it was.

        Wait briefly for a message that is being sent.
        """
        self.hush(job_id)
        if self._notifying == job_id:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SETTLE_SECONDS), self._free:
                    pass
        return self._posted.pop(job_id, None)

    def loop(self, seconds: float) -> Loop:
        """Return the loop that does a round every `seconds`."""
        return Loop("telling those who moved up", self.round, seconds=seconds)

    async def round(self) -> None:
        """Check all watched jobs, and show some of the jobs that have news. Raises StorageError."""
        told, watched = 0, dict(self._positions)
        self._posted.clear()
        places, found = await self._places(watched), time.monotonic()
        for job_id, shown in watched.items():
            place = places.get(job_id)
            if place is None or place.number <= 1:
                self._positions.pop(job_id, None)
            elif _is_news(place, shown) and told < _SHOWN_PER_ROUND and job_id in self._positions:
                self._positions[job_id] = place
                if await self._tell(job_id, place):
                    told += 1
                elif job_id in self._positions:
                    self._positions[job_id] = shown
                if time.monotonic() - found > _FRESH_SECONDS:
                    places, found = await self._places(watched), time.monotonic()

    async def _places(self, watched: Collection[str]) -> Mapping[str, QueuePosition]:
        # One query for all: each ranks the whole queue, so a query for each job would cost the square of its length.
        return await self._ledger.queue_positions(watched, max_running=self._max_running)

    async def _tell(self, job_id: str, position: QueuePosition) -> bool:
        """Show a job's place. False if the job's first message isn't there yet: there would be two."""
        async with self._free:
            self._notifying = job_id
            try:
                job = await self._ledger.get(job_id)
                if job and moments.is_held(job, self._clock.now()):
                    return False
                untouched = job is not None and job.status is Status.QUEUED and job.owner is None
                if job and untouched and job_id in self._positions:
                    await self._delivery.show_position(job, position, partial(self._posted.__setitem__, job_id))
            except StorageError:
                self._positions.pop(job_id, None)
            finally:
                self._notifying = None
        return True


def _is_news(place: QueuePosition, shown: QueuePosition) -> bool:
    return place.number < shown.number or place.next_try != shown.next_try
