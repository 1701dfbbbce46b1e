"""Show: one of a user's jobs by the number that its message has, or by its whole id."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.commands.command import Handlers
from bot.core.commands.declared import IMAGE, SHOW
from bot.core.commands.history import searched
from bot.core.events import CommandEvent
from bot.core.image import JOB_ID
from bot.core.jobs import sentences
from bot.core.jobs.job_reply import job_reply
from bot.core.jobs.told import as_it_is
from bot.core.ledger import Ledger
from bot.core.model import NUMBER_DIGITS, Job
from bot.core.origin import User
from bot.core.queue import QueuePosition
from bot.core.refusals import ImagesNotKept, NoSuchImage
from bot.core.replies import Answer, Placement
from bot.core.rules import permissions
from bot.core.visible import visible

_NUMBER = re.compile(rf"[0-9a-f]{{{NUMBER_DIGITS}}}")
_MOST_SUGGESTED = 25


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Show:
    """Answers `/show`. Only the user sees the answer, and finds only what they asked for."""

    ledger: Ledger
    has_any: Callable[[Sequence[str]], Awaitable[bool]]
    """Says whether any of these images is still stored."""
    told: Callable[[Job], Awaitable[Job]] = as_it_is
    """Returns the job with the facts that people read and that aren't stored."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={SHOW: self.answer})

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the job in its current state, with its images. Raises NoSuchImage, ImagesNotKept."""
        job = await self.found(event.options.get(IMAGE) or event.text, event.origin.user)
        if job.images and not await self.has_any([image.key for image in job.images]):
            raise ImagesNotKept
        reply = job_reply(await self.told(job), locale=event.origin.locale)
        return Answer(reply=reply, placement=Placement.PRIVATE)

    async def found(self, typed: str, user: User) -> Job:
        """Return this user's job with a typed number or id. Raises NoSuchImage, also for another user's job."""
        digits = visible(typed).strip().removeprefix("#").lower()
        job = None
        if JOB_ID.fullmatch(digits):
            job = await self.ledger.get(digits)
        elif _NUMBER.fullmatch(digits):
            job = await self.ledger.find(user.id, digits)
        if job is None or not permissions.may_see(job, user):
            raise NoSuchImage
        return job

    async def with_place(self, typed: str, user: User, max_running: int) -> tuple[Job, QueuePosition | None]:
        """Return the same job, and its place in the queue if it waits."""
        job_id = typed if JOB_ID.fullmatch(typed) else (await self.found(typed, user)).id
        job, place = await self.ledger.with_place(job_id, max_running=max_running)
        if job is None or not permissions.may_see(job, user):
            raise NoSuchImage
        return job, place

    async def suggested(self, typed: str, user: User) -> Mapping[str, str]:
        """Return the ids of this user's jobs that fit what is typed, newest first, each with how to call it."""
        try:
            jobs: Sequence[Job] = (await self.found(typed, user),)
        except NoSuchImage:
            words = searched(typed).split()
            jobs = (await self.ledger.history(user.id, size=_MOST_SUGGESTED, words=words)).jobs
        return {job.id: f"#{job.number} · {sentences.shorten(job.request.prompt)}" for job in jobs}
