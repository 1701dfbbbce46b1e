"""Generation: from a queued job to stored images, or to its end. A request of uncertain outcome is never sent twice."""

import logging
import random
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.catalogue import Catalogue
from bot.core.errors import ImageError, ProviderError, StorageError
from bot.core.images.library import ImageLibrary
from bot.core.model import Fault, Generation, ImageRequest, Job, Status
from bot.core.ports import Clock, ImageProvider, JobRepository
from bot.core.retry import Retry

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


class _NoRoom(Exception):
    """The image store was unavailable until all retries were used up."""


class Generator:
    """Sends a job's requests, stores the images that come back, and moves the job on."""

    def __init__(
        self,
        *,
        jobs: JobRepository,
        provider: ImageProvider,
        catalogue: Catalogue,
        library: ImageLibrary,
        clock: Clock,
        retry: Retry,
        jitter: random.Random,
        first_wait: float = FIRST_WAIT,
        cool_down: timedelta = COOL_DOWN,
    ) -> None:
        self._jobs, self._provider, self._catalogue = jobs, provider, catalogue
        self._library, self._clock, self._retry, self._jitter = library, clock, retry, jitter
        self._first_wait, self._cool_down = first_wait, cool_down

    async def run(self, job: Job) -> Job | Deferred:
        """Generate the missing images of a `generating` job. Raises LeaseLost, StorageError."""
        for part in self._missing(job):
            try:
                generation = await self._provider.generate(part)
            except ProviderError as error:
                return await self._failed(job, error)
            job, damage = await self._keep(job, part, generation)
            if damage:
                return await self._failed(job, damage)
        return await self._retry.write(lambda: self._jobs.advance(job, Status.DELIVERING))

    def _missing(self, job: Job) -> tuple[ImageRequest, ...]:
        return self._catalogue.parts(replace(job.request, n=job.request.n - len(job.images)))

    async def _keep(self, job: Job, part: ImageRequest, generation: Generation) -> tuple[Job, ProviderError | None]:
        """Store every image that can be shown: it is paid for, even if another one in the answer is damaged."""
        logger.info("job %s: %d image(s), request %s", job.id, len(generation.images), generation.request_id)
        damage: ProviderError | None = None
        for data in generation.images[: part.n]:
            try:
                job = await self._keep_one(job, data)
            except ImageError as error:
                damage = ProviderError(Fault.BAD_IMAGE, str(error), request_id=generation.request_id)
            except _NoRoom as error:
                damage = ProviderError(Fault.STORAGE, str(error), request_id=generation.request_id)
                break
        if generation.revised_prompt or generation.request_id:
            job = await self._noted(job, generation.revised_prompt, generation.request_id)
        return job, damage

    async def _keep_one(self, job: Job, data: bytes) -> Job:
        try:
            image = await self._retry.write(lambda: self._library.keep(job.id, len(job.images), data))
        except StorageError as error:
            raise _NoRoom(str(error)) from error
        return await self._retry.write(lambda: self._jobs.add_image(job, image))

    async def _noted(self, job: Job, revised_prompt: str, request_id: str) -> Job:
        return await self._retry.write(
            lambda: self._jobs.advance(
                job, Status.GENERATING, revised_prompt=revised_prompt or None, request_id=request_id or None
            )
        )

    async def _failed(self, job: Job, error: ProviderError) -> Job | Deferred:
        fault = error.fault
        logger.warning("job %s: %s (request %s)", job.id, error, error.request_id or "unknown")
        await self._warn_others(job, error)
        if fault.unprocessed and job.attempt < MAX_ATTEMPTS:
            return Deferred(job=job, fault=fault, wait=self._wait(job, error))
        without_images = Status.UNKNOWN if fault.uncertain else Status.FAILED
        end = Status.DELIVERING if job.images else without_images
        return await self._retry.write(
            lambda: self._jobs.advance(job, end, fault=fault, request_id=error.request_id or None)
        )

    async def _warn_others(self, job: Job, error: ProviderError) -> None:
        try:
            await self._keep_for_others(job, error)
        except StorageError as away:  # the end of this job must not be lost
            logger.warning("others are not warned of %s: %s", error.fault, away)

    async def _keep_for_others(self, job: Job, error: ProviderError) -> None:
        match error.fault:
            case Fault.AUTH | Fault.BALANCE:
                logger.error("the image gateway refuses all work: %s", error)
                await self._jobs.set_gateway_down(error.fault)
            case Fault.MODEL_UNAVAILABLE:
                await self._jobs.cool_down(job.request.model, self._clock.now() + self._cool_down)
            case Fault.RATE_LIMIT:
                await self._jobs.pause(self._clock.now() + self._wait(job, error))

    def _wait(self, job: Job, error: ProviderError) -> timedelta:
        asked = error.retry_after if error.retry_after is not None else self._first_wait * 2.0**job.attempt
        return timedelta(seconds=min(asked, _LONGEST_WAIT) + self._first_wait * self._jitter.uniform(0, 1))
