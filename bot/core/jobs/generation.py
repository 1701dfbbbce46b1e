"""Generation: from a queued job to stored images, or to its end. A request of uncertain outcome is never sent twice."""

import logging
import random
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.catalogue import Catalogue
from bot.core.clock import Clock
from bot.core.errors import ImageError, ProviderError, StorageError
from bot.core.images.library import ImageLibrary
from bot.core.model import Fault, Generation, ImageRequest, Job, Note, Status, StoredImage
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


class _NoRoom(Exception):
    """The image store was unavailable until all retries were used up."""


class Generator:
    """Sends a job's requests, stores the images that come back, and moves the job on."""

    def __init__(
        self,
        *,
        work: WorkQueue,
        gateway: GatewayState,
        provider: ImageProvider,
        catalogue: Catalogue,
        library: ImageLibrary,
        clock: Clock,
        retry: Retry,
        jitter: random.Random,
        first_wait: float = FIRST_WAIT,
        cool_down: timedelta = COOL_DOWN,
    ) -> None:
        self._work, self._gateway, self._provider, self._catalogue = work, gateway, provider, catalogue
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
        return job if job.status is Status.DELIVERING else await self._advance(job, Status.DELIVERING)

    def _missing(self, job: Job) -> tuple[ImageRequest, ...]:
        return self._catalogue.parts(replace(job.request, n=job.request.n - len(job.images)))

    async def _keep(self, job: Job, part: ImageRequest, generation: Generation) -> tuple[Job, ProviderError | None]:
        """Store every image that can be shown: it is paid for, even if another one in the answer is damaged.

        They are recorded together; if nothing is missing then, the job moves on in the same commit.
        """
        logger.info("job %s: %d image(s), request %s", job.id, len(generation.images), generation.request_id)
        images: list[StoredImage] = []
        damage: ProviderError | None = None
        for data in generation.images[: part.n]:
            try:
                images.append(await self._keep_one(job.id, len(job.images) + len(images), data))
            except ImageError as error:
                damage = ProviderError(Fault.BAD_IMAGE, str(error), request_id=generation.request_id)
            except _NoRoom as error:
                damage = ProviderError(Fault.STORAGE, str(error), request_id=generation.request_id)
                break
        if not images:
            return job, damage
        note = Note(request_id=generation.request_id, revised_prompt=generation.revised_prompt)
        complete = damage is None and len(job.images) + len(images) >= job.request.n
        return await self._retry.write(lambda: self._work.add_images(job, images, note, complete=complete)), damage

    async def _keep_one(self, job_id: str, index: int, data: bytes) -> StoredImage:
        try:
            return await self._retry.write(lambda: self._library.keep(job_id, index, data))
        except StorageError as error:
            raise _NoRoom(str(error)) from error

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
