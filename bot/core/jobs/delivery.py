"""Delivery: shows stored images and outcomes to users. It is retried independently of generation."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from bot.core.errors import BotError, DeliveryError, LeaseLost, StorageError
from bot.core.jobs.job_reply import job_reply
from bot.core.model import Address, Job, QueuePosition, Status
from bot.core.ports import Clock, JobRepository, Messenger
from bot.core.replies import Reply
from bot.core.retry import Retry

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 9
FIRST_WAIT = 1.0
_SHOW_SECONDS = 90.0
_LONGEST_WAIT = 600.0


class Delivery:
    """Shows a job's outcome through its platform's messenger, and records that it was shown."""

    def __init__(
        self,
        *,
        jobs: JobRepository,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        retry: Retry,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self._jobs, self._messengers, self._clock, self._retry = jobs, messengers, clock, retry
        self._first_wait = first_wait

    async def progress(self, job: Job, reply: Reply | None = None) -> Job:
        """Show a job's progress, and return the job with the address where it is shown.

        A failure is only logged: the outcome is delivered separately.
        """
        try:
            address = await self._show(job, reply or job_reply(job))
        except DeliveryError as error:
            logger.info("job %s: progress not shown: %s", job.id, error)
            return job
        return job if address == job.origin.address else await self._with_new_address(job, address)

    async def _with_new_address(self, job: Job, address: Address) -> Job:
        try:
            return await self._retry.write(lambda: self._jobs.update_address(job, address))
        except (LeaseLost, StorageError) as error:
            # The code that shows the outcome in this process still needs to know which message to change.
            logger.info("job %s: where it is shown is not kept: %s", job.id, type(error).__name__)
            return job.at(address)

    async def show_position(self, job: Job, position: QueuePosition) -> None:
        """Show the place in the queue of a job that no worker has taken yet."""
        try:
            address = await self._show(job, job_reply(job, position))
            if address != job.origin.address:
                await self._jobs.confirm(job.id, address)
        except (DeliveryError, StorageError) as error:
            logger.info("job %s: place not shown: %s", job.id, error)

    async def outcome(self, job: Job) -> None:
        """Show the images of a `delivering` job, or how an ended job ended. Raises LeaseLost, StorageError."""
        try:
            address = await self._show(job, job_reply(job))
        except DeliveryError as error:
            await self._not_shown(job, error)
            return
        if address != job.origin.address:
            job = await self._retry.write(lambda: self._jobs.update_address(job, address))
        await self._mark_notified(job, Status.DELIVERED if job.status is Status.DELIVERING else job.status)

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
            await self._mark_notified(job, Status.UNDELIVERED if job.status is Status.DELIVERING else job.status)
            return
        wait = error.retry_after if error.retry_after is not None else self._first_wait * 2.0**job.deliveries
        until = self._clock.now() + timedelta(seconds=min(wait, _LONGEST_WAIT))
        logger.info("job %s: delivery put off until %s: %s", job.id, until, error)
        await self._retry.write(lambda: self._jobs.defer(job, until))

    async def _mark_notified(self, job: Job, status: Status) -> None:
        await self._retry.write(lambda: self._jobs.advance(job, status, notified=True))
