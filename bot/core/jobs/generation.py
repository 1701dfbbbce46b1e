"""Generation: from a queued job to stored images, or to its end. A request of uncertain outcome is never sent twice."""

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from bot.core.clock import Clock
from bot.core.errors import ImageError, ProviderError, StorageError
from bot.core.image import Generation, Note, StoredImage
from bot.core.images.library import ImageLibrary
from bot.core.jobs.model_choice import ModelChoice
from bot.core.jobs.reports import Reports
from bot.core.jobs.stops import Sent
from bot.core.model import Fault, Job, Status
from bot.core.ports import ImageProvider
from bot.core.precedence import Precedence
from bot.core.retry import Retry
from bot.core.rules import lifecycle
from bot.core.work_queue import WorkQueue

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
FIRST_WAIT = 1.0


class Deferred(NamedTuple):
    """Images are missing, and their requests were certainly not processed: try again after `wait`.

    `fault` is why the gateway didn't take them; None if another model is tried, or if the bot stops.
    """

    job: Job
    fault: Fault | None = None
    wait: timedelta = timedelta(0)


class _Drawn(NamedTuple):
    """The result of one request: an image, which is in the store."""

    image: StoredImage
    note: Note


class Generator:
    """Sends a job's requests, stores the images that come back, and moves the job on.

    `may_draw` says whether images can be stored now. If not, a job with more images to come goes on later.
    """

    def __init__(
        self,
        *,
        work: WorkQueue,
        reports: Reports,
        provider: ImageProvider,
        library: ImageLibrary,
        choice: ModelChoice,
        clock: Clock,
        retry: Retry,
        jitter: random.Random,
        max_running: int,
        precedence: Precedence,
        may_draw: Callable[[], bool] = lambda: True,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self._work, self._reports, self._provider, self._choice = work, reports, provider, choice
        self._library, self._clock, self._retry, self._jitter = library, clock, retry, jitter
        self._max_running, self._first_wait = max_running, first_wait
        self._may_draw, self._stopping = may_draw, False
        self._patient, self._precedence = Retry(seconds=None), precedence

    def stop(self) -> None:
        """Send nothing more of a job that waits for images: it would be cut off, and paid for, when the bot ends."""
        self._stopping = True

    async def run(self, job: Job, sent: Sent, made: Callable[[Job], None] = lambda _: None) -> Job | Deferred:
        """Generate the missing images of a `generating` job, one by each request. Raises LeaseLost, StorageError.

        As many requests are sent as the ledger counts as sent, and after an image as many more as it counts then. After
        the first error, or once the bot stops, nothing more is sent. Requests that were sent are awaited, since they
        are paid for. `made` is told of each that was recorded while others are missing.
        """
        errors: list[ProviderError] = []
        indices = itertools.count(len(job.images))
        async with _cancelled_at_the_end() as unanswered:
            while True:
                for _ in range(0 if errors else job.sent - len(job.images) - len(unanswered)):
                    unanswered.add(
                        asyncio.create_task(self._request(job, indices, sent), name=f"a request of {job.id}")
                    )
                if not unanswered:
                    break
                answered, _ = await asyncio.wait(unanswered, return_when=asyncio.FIRST_COMPLETED)
                unanswered -= answered
                before, answers = len(job.images), [task.result() for task in answered]
                job = await self._record(job, answers, errors, len(unanswered))
                if job.status is Status.GENERATING and len(job.images) > before:
                    made(job)
        if errors:
            return await self._failed(job, errors)
        self._choice.ended(job)
        if job.status is Status.GENERATING and len(job.images) < job.request.n:
            return Deferred(job=job)
        return job if job.status is Status.DELIVERING else await self._advance(job, Status.DELIVERING)

    async def _request(self, job: Job, indices: Iterator[int], sent: Sent) -> _Drawn | ProviderError:
        """Send one request, and store its image."""
        gone = False

        def sending() -> None:
            nonlocal gone
            gone = True
            sent.requests += 1
            sent.leaves.set()

        try:
            generation = await self._provider.generate(job.request, sending)
            logger.info("job %s: an image, request %s", job.id, generation.request_id)
            await self._precedence.give_way()
            image = await self._keep(job, next(indices), generation)
        except ProviderError as error:
            sent.requests -= gone and not error.fault.billed
            return self._choice.explained(job, error)
        note = Note(request_id=generation.request_id, revised_prompt=generation.revised_prompt)
        return _Drawn(image=image, note=note)

    async def _record(
        self, job: Job, answers: Sequence[_Drawn | ProviderError], errors: list[ProviderError], unanswered: int
    ) -> Job:
        """Record what came of some requests, while others are `unanswered`, and add to the errors.

        With the last image the job moves on in the same commit; with any other, it is counted what is sent next.
        """
        for error in answers:
            if isinstance(error, ProviderError):
                logger.warning("job %s: %s (request %s)", job.id, error, error.request_id or "unknown")
                await self._reports.met(job, error, self._wait(job, error))
                errors.append(error)
        if drawn := [answer for answer in answers if isinstance(answer, _Drawn)]:
            await self._reports.drew()
            job = await self._add_images(job, drawn, more=not errors)
        if errors and unanswered and (sent := _sent(job, errors, unanswered)) < job.sent:
            job = await self._retry.write(partial(self._work.record_refusal, job, images_sent=sent))
        return job

    async def _add_images(self, job: Job, drawn: Sequence[_Drawn], *, more: bool) -> Job:
        images, note = [each.image for each in drawn], drawn[-1].note
        complete = more and len(job.images) + len(images) >= job.request.n
        most = self._max_running if more and not self._stopping and self._may_draw() else None
        return await self._patient.write(
            lambda: self._work.add_images(job, images, note, complete=complete, max_running=most)
        )

    async def _keep(self, job: Job, index: int, generation: Generation) -> StoredImage:
        """Store an image, which is paid for: it waits for as long as it can't be stored.

        Raises ProviderError if it can't be shown.
        """
        try:
            keep = partial(self._library.keep, job.id, index, generation.image, model=job.request.model)
            return await self._patient.write(keep)
        except ImageError as error:
            raise ProviderError(Fault.BAD_IMAGE, str(error), request_id=generation.request_id) from error

    async def _advance(
        self,
        job: Job,
        status: Status,
        *,
        fault: Fault | None = None,
        request_id: str | None = None,
        images_sent: int | None = None,
    ) -> Job:
        return await self._retry.write(
            lambda: self._work.advance(job, status, fault=fault, request_id=request_id, images_sent=images_sent)
        )

    async def _failed(self, job: Job, errors: Sequence[ProviderError]) -> Job | Deferred:
        fault = lifecycle.gravest([error.fault for error in errors])
        error = next(error for error in errors if error.fault is fault)
        if fault.of_the_model and job.attempt < MAX_ATTEMPTS and await self._has_another(job, error):
            return Deferred(job=job)
        self._choice.ended(job)
        if fault.unprocessed and (self._reports.is_outage or job.attempt < MAX_ATTEMPTS):
            return Deferred(job=job, fault=fault, wait=self._wait(job, error))
        end, sent = lifecycle.after_fault(fault, made=len(job.images)), _sent(job, errors, 0)
        return await self._advance(job, end, fault=fault, request_id=error.request_id or None, images_sent=sent)

    async def _has_another(self, job: Job, error: ProviderError) -> bool:
        """Return whether another model can draw the job, and remember that this one can't."""
        try:
            return await self._choice.refused(job, error.fault, to_all=self._reports.believe(job, error))
        except StorageError as away:
            logger.warning("it is not remembered that %s was refused: %s", job.request.model, away)
            return False

    def _wait(self, job: Job, error: ProviderError) -> timedelta:
        if (left := self._reports.next_try(error.fault)) is not None:
            return left
        asked = error.retry_after if error.retry_after is not None else self._first_wait * 2.0**job.attempt
        return timedelta(seconds=min(asked, _LONGEST_WAIT) + self._first_wait * self._jitter.uniform(0, 1))


def _sent(job: Job, errors: Sequence[ProviderError], unanswered: int) -> int:
    """Count the images that were made, may still come, or may have been billed."""
    return len(job.images) + unanswered + sum(error.fault.billed for error in errors)


@asynccontextmanager
async def _cancelled_at_the_end() -> AsyncIterator[set[asyncio.Task[_Drawn | ProviderError]]]:
    """Yield a set of tasks. The tasks that are in it when the job is stopped or lost are cut off.

    Not a TaskGroup, which would wrap the errors that end the job.
    """
    tasks: set[asyncio.Task[_Drawn | ProviderError]] = set()
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
