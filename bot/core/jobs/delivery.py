"""Delivery: shows stored images and outcomes to users. It is retried independently of generation."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.core.chat import Messenger
from bot.core.clock import Clock
from bot.core.errors import BotError, DeliveryError, LeaseLost, StorageError
from bot.core.jobs.job_reply import job_reply
from bot.core.language import prepare
from bot.core.model import Job, QueuePosition, Status
from bot.core.origin import Address
from bot.core.ports import Admission, WorkQueue
from bot.core.replies import Reply
from bot.core.retry import Retry
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 9
FIRST_WAIT = 1.0
_SHOW_SECONDS = 90.0
_LONGEST_WAIT = 600.0
# The longest time that a progress message that is being sent may delay the outcome.
_SETTLE_SECONDS = 5.0


@dataclass(slots=True)
class Shown:
    """Where a job is shown, as far as it is known by now."""

    address: Address


class Delivery:
    """Shows a job's outcome through its platform's messenger, and records that it was shown."""

    def __init__(
        self,
        *,
        admission: Admission,
        work: WorkQueue,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        retry: Retry,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self._admission, self._work, self._messengers = admission, work, messengers
        self._clock, self._retry = clock, retry
        self._first_wait = first_wait

    @asynccontextmanager
    async def progress(self, job: Job, tasks: Tasks) -> AsyncIterator[Shown]:
        """Show a job's progress in the background, as one of `tasks`. At the end, what is yielded knows where.

        The end waits briefly for a message that is being sent, then cancels it, so that it can't overwrite the outcome.
        """
        shown = Shown(job.origin.address)
        showing = tasks.spawn(self._show_progress(job, shown), f"progress of {job.id}")
        try:
            yield shown
        finally:
            await _settled(showing)

    async def _show_progress(self, job: Job, shown: Shown) -> None:
        shown.address = (await self.show_state(job, job_reply(job))).origin.address

    async def show_state(self, job: Job, reply: Reply) -> Job:
        """Show the state of a job that has not ended, and return the job with the address where that is shown.

        A failure is only logged: the outcome is delivered separately.
        """
        try:
            address = await self._show(job, reply)
        except DeliveryError as error:
            logger.info("job %s: progress not shown: %s", job.id, error)
            return job
        return job if address == job.origin.address else await self._with_new_address(job, address)

    async def _with_new_address(self, job: Job, address: Address) -> Job:
        try:
            return await self._retry.write(lambda: self._work.update_address(job, address))
        except (LeaseLost, StorageError) as error:
            # The code that shows the outcome in this process still needs to know which message to change.
            logger.info("job %s: where it is shown is not kept: %s", job.id, type(error).__name__)
            return job.at(address)

    async def show_position(self, job: Job, position: QueuePosition) -> None:
        """Show the place in the queue of a job that no worker has taken yet."""
        await prepare(job.origin.locale)
        try:
            address = await self._show(job, job_reply(job, position))
            if address != job.origin.address:
                await self._admission.confirm(job.id, address)
        except (DeliveryError, StorageError) as error:
            logger.info("job %s: place not shown: %s", job.id, error)

    async def outcome(self, job: Job) -> None:
        """Show the images of a `delivering` job, or how an ended job ended. Raises LeaseLost, StorageError."""
        try:
            address = await self._show(job, job_reply(job))
        except DeliveryError as error:
            await self._not_shown(job, error)
            return
        await self._notified(job, Status.DELIVERED, address)

    async def _show(self, job: Job, reply: Reply) -> Address:
        messenger = self._messengers.get(job.origin.address.platform)
        if messenger is None:
            raise DeliveryError(f"{job.origin.address.platform} is not connected here")
        try:
            async with asyncio.timeout(_SHOW_SECONDS):
                return await messenger.show(job.origin.address, reply)
        except TimeoutError as error:
            raise DeliveryError("the platform did not answer in time") from error
        except (KeyError, BotError) as error:
            if isinstance(error, DeliveryError):
                raise
            raise DeliveryError(f"the images can't be read: {error}", permanent=isinstance(error, KeyError)) from error

    async def _not_shown(self, job: Job, error: DeliveryError) -> None:
        if error.permanent or job.deliveries >= MAX_DELIVERIES:
            logger.warning("job %s can't be delivered: %s", job.id, error)
            await self._notified(job, Status.UNDELIVERED, job.origin.address)
            return
        wait = error.retry_after if error.retry_after is not None else self._first_wait * 2.0**job.deliveries
        until = self._clock.now() + timedelta(seconds=min(wait, _LONGEST_WAIT))
        logger.info("job %s: delivery put off until %s: %s", job.id, until, error)
        await self._retry.write(lambda: self._work.defer(job, until))

    async def _notified(self, job: Job, delivered: Status, address: Address) -> None:
        """Record that all was done to show the outcome: a job with images to deliver ends `delivered` or not."""
        if job.status is Status.DELIVERING:
            await self._retry.write(lambda: self._work.advance(job, delivered, address=address))
        else:
            await self._retry.write(lambda: self._work.mark_notified(job, address))


async def _settled(showing: asyncio.Task[None]) -> None:
    try:
        await asyncio.wait({showing}, timeout=_SETTLE_SECONDS)
    finally:
        showing.cancel()
        await asyncio.wait({showing})
