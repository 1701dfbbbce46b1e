"""Imagine: from a command or a pressed button to an accepted job."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta

from bot.core.catalogue import Catalogue
from bot.core.clock import new_id
from bot.core.commands.flags import parse_flags
from bot.core.commands.quota import Quota
from bot.core.errors import Busy, JobNotFound, StorageError
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.jobs.job_reply import job_reply
from bot.core.language import speak
from bot.core.model import ImageRequest, Job, NewJob
from bot.core.ports import Clock, JobRepository
from bot.core.replies import Answer, Form
from bot.core.retry import Retry
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

# Chat platforms allow 3 seconds to acknowledge; 1 second of them is left for the network.
ACCEPT_SECONDS = 2.0
# No worker takes a job until its user sees the queued reply, or for this long if the process dies before that.
HOLD = timedelta(seconds=15)


class Imagine:
    """Checks all that can be checked before anything is spent, then puts the job into the ledger."""

    def __init__(
        self,
        *,
        jobs: JobRepository,
        catalogue: Catalogue,
        quota: Quota,
        clock: Clock,
        tasks: Tasks,
        max_running: int,
        watch: Callable[[str, int], None],
        retry: Retry,
        accept_seconds: float = ACCEPT_SECONDS,
    ) -> None:
        self._jobs, self._catalogue, self._quota = jobs, catalogue, quota
        self._clock, self._tasks, self._watch = clock, tasks, watch
        self._max_running, self._retry, self._accept_seconds = max_running, retry, accept_seconds

    async def accept(self, event: CommandEvent) -> Answer:
        """Accept the request, and return the queued reply. Raises UsageError, Refusal."""
        options = {**parse_flags(event.text), **event.options} if event.text else event.options
        return await self._enqueue(event, self._catalogue.resolve(options))

    async def again(self, event: ButtonEvent) -> Answer:
        """Accept an earlier job's request again, for the user who pressed, with another prompt if the event has one."""
        earlier = await self._earlier(event.argument)
        options = _options(earlier.request)
        if event.prompt is not None:
            options = {**options, "prompt": event.prompt}
        return await self._enqueue(event, self._catalogue.resolve(options), parent=earlier.id)

    async def edit(self, event: ButtonEvent) -> Answer:
        """Return the form that asks for another prompt."""
        earlier = await self._earlier(event.argument)
        texts = speak(event.origin.locale)
        return Answer(
            form=Form(
                title=texts.edit_title,
                label=texts.form_label,
                submit=texts.form_submit,
                prompt=earlier.request.prompt,
                job=earlier.id,
            )
        )

    async def _earlier(self, job_id: str) -> Job:
        job = await self._jobs.get(job_id)
        if job is None:
            raise JobNotFound
        return job

    async def _enqueue(self, event: Event, request: ImageRequest, parent: str | None = None) -> Answer:
        new = NewJob(id=new_id(self._clock.now()), origin=event.origin, request=request, parent=parent)
        job = await self._accepted(new)
        try:
            position = await self._jobs.queue_position(job.id, max_running=self._max_running)
        except StorageError:
            position = None
        if position:
            self._watch(job.id, position.number)
        return Answer(reply=job_reply(job, position), job=job.id)

    async def _accepted(self, new: NewJob) -> Job:
        try:
            async with asyncio.timeout(self._accept_seconds):
                return await self._jobs.accept(new, self._quota.limits(), hold=HOLD)
        except (TimeoutError, StorageError) as error:
            # It may have been inserted nevertheless: make sure that it is withdrawn.
            self._tasks.spawn(self.withdraw(new.id), f"withdraw {new.id}")
            raise Busy from error

    async def withdraw(self, job_id: str) -> None:
        """Withdraw a job that its user can't see: nothing is generated, nothing charged."""
        try:
            withdrawn = await self._retry.write(lambda: self._jobs.withdraw(job_id))
        except StorageError as error:
            logger.warning("could not withdraw job %s: %s", job_id, error)
        else:
            logger.info("job %s withdrawn: %s", job_id, withdrawn)


def _options(request: ImageRequest) -> Mapping[str, str]:
    given = {name: value for name, value in asdict(request).items() if value is not None}
    return {name: str(value) for name, value in given.items()}
