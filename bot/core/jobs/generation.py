"""Generation: from a queued job to stored images, or to its end. A request of uncertain outcome is never sent twice."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta

from bot.core.clock import Clock
from bot.core.errors import ImageError, ProviderError, StorageError
from bot.core.images.library import ImageLibrary
from bot.core.model import Fault, Generation, Job, Note, Status, StoredImage
from bot.core.ports import GatewayState, ImageProvider, WorkQueue
from bot.core.retry import Retry
from bot.core.rules import lifecycle

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
COOL_DOWN = timedelta(seconds=60)
FIRST_WAIT = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """The gateway did not process the request: try again after `wait`."""

    job: Job
    fault: Fault
    wait: timedelta


class Generator:
    """Sends a job's requests, stores the images that come back, and moves the job on."""

    def __init__(
        self,
        *,
        work: WorkQueue,
        gateway: GatewayState,
        provider: ImageProvider,
        library: ImageLibrary,
        clock: Clock,
        retry: Retry,
        jitter: random.Random,
        first_wait: float = FIRST_WAIT,
        cool_down: timedelta = COOL_DOWN,
    ) -> None:
        self._work, self._gateway, self._provider = work, gateway, provider
        self._library, self._clock, self._retry, self._jitter = library, clock, retry, jitter
        self._first_wait, self._cool_down = first_wait, cool_down

    async def run(self, job: Job) -> Job | Deferred:
        """Generate the missing images of a `generating` job. Raises LeaseLost, StorageError."""
        while len(job.images) < job.request.n:
            try:
                job = await self._next(job)
            except ProviderError as error:
                return await self._failed(job, error)
        return job if job.status is Status.DELIVERING else await self._advance(job, Status.DELIVERING)

    async def _next(self, job: Job) -> Job:
        """Generate, store and record one image. With the last one the job moves on in the same commit."""
        generation = await self._provider.generate(job.request)
        logger.info("job %s: an image, request %s", job.id, generation.request_id)
        image = await self._keep(job.id, len(job.images), generation)
        note = Note(request_id=generation.request_id, revised_prompt=generation.revised_prompt)
        complete = len(job.images) + 1 >= job.request.n
        return await self._retry.write(lambda: self._work.add_images(job, [image], note, complete=complete))

    async def _keep(self, job_id: str, index: int, generation: Generation) -> StoredImage:
        """Store an image. Raises ProviderError if it can't be shown or kept: it is paid for all the same."""
        try:
            return await self._retry.write(lambda: self._library.keep(job_id, index, generation.image))
        except ImageError as error:
            raise ProviderError(Fault.BAD_IMAGE, str(error), request_id=generation.request_id) from error
        except StorageError as error:
            raise ProviderError(Fault.STORAGE, str(error), request_id=generation.request_id) from error

    async def _advance(
        self, job: Job, status: Status, *, fault: Fault | None = None, request_id: str | None = None
    ) -> Job:
        return await self._retry.write(lambda: self._work.advance(job, status, fault=fault, request_id=request_id))

    async def _failed(self, job: Job, error: ProviderError) -> Job | Deferred:
        fault = error.fault
        logger.warning("job %s: %s (request %s)", job.id, error, error.request_id or "unknown")
        await self._warn_others(job, error)
        if fault.unprocessed and job.attempt < MAX_ATTEMPTS:
            return Deferred(job=job, fault=fault, wait=self._wait(job, error))
        end = lifecycle.after_fault(fault, made=len(job.images))
        return await self._advance(job, end, fault=fault, request_id=error.request_id or None)

    async def _warn_others(self, job: Job, error: ProviderError) -> None:
        try:
            await self._keep_for_others(job, error)
        except StorageError as away:  # the end of this job must not be lost
            logger.warning("others are not warned of %s: %s", error.fault, away)

    async def _keep_for_others(self, job: Job, error: ProviderError) -> None:
        match error.fault:
            case Fault.AUTH | Fault.BALANCE:
                logger.error("the image gateway refuses all work: %s", error)
                await self._gateway.set_gateway_down(error.fault)
            case Fault.MODEL_UNAVAILABLE:
                await self._gateway.cool_down(job.request.model, self._clock.now() + self._cool_down)
            case Fault.RATE_LIMIT:
                await self._gateway.pause(self._clock.now() + self._wait(job, error))

    def _wait(self, job: Job, error: ProviderError) -> timedelta:
        asked = error.retry_after if error.retry_after is not None else self._first_wait * 2.0**job.attempt
        return timedelta(seconds=min(asked, _LONGEST_WAIT) + self._first_wait * self._jitter.uniform(0, 1))
