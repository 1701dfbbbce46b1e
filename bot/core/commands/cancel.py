"""Cancel a job that waits, or stop one that is being generated."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.core.commands.command import Handlers
from bot.core.errors import StorageError
from bot.core.events import ButtonEvent
from bot.core.jobs import sentences
from bot.core.jobs.found import Found
from bot.core.language import speak
from bot.core.language.refusals import refusal
from bot.core.ledger import Admission, Ledger
from bot.core.model import Action, Job, Status
from bot.core.refusals import Refusal, TooLate, UnreadableJob
from bot.core.replies import Answer, Placement, Reply
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Cancel:
    """Answers the buttons Cancel and Stop. The worker that shows the outcome changes the message itself."""

    admission: Admission
    ledger: Ledger
    found: Found
    abort: Callable[[str], Awaitable[None]]
    """Stops this process from working on a job. Then the ledger knows how far it was sent, as a rule."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.CANCEL: self.answer, Action.STOP: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Cancel or stop a job, if this user may. Raises JobNotFound, NotYours, TooLate."""
        job = await self.found.job(event.argument, event.origin)
        if not permissions.may_stop(job, event.origin):
            return _refused(event, job, permissions.not_theirs(job, event.origin))
        try:
            ended = await self.admission.cancel(job.id, event.pressed)
        except TooLate as late:
            return _refused(event, await self.ledger.get(job.id), late)
        await self.abort(job.id)
        if ended.status is Status.STOPPED:
            with suppress(StorageError, UnreadableJob):
                ended = await self.ledger.get(job.id) or ended
        texts = speak(event.origin.locale)
        match ended.status:
            case Status.STOPPED if ended.test or not ended.sent:
                line = sentences.stopped(texts, ended)
            case Status.STOPPED:
                line = texts.say_counted(
                    "Stopped. The request had already been sent, so {n} image counts against the asker's quota.",
                    "Stopped. The requests had already been sent, so {n} images count against the asker's quota.",
                    ended.sent,
                )
            case Status.DELIVERING:
                line = sentences.delivering(texts)
            case _:
                line = texts.say("Cancelled. Nothing was charged.")
        return Answer(reply=Reply(lines=(line,)), placement=Placement.PRIVATE, ended=ended)


def _refused(event: ButtonEvent, job: Job | None, error: Refusal) -> Answer:
    """Say why not. If the job has ended, its message is out of date, as it has such a button still."""
    if job is None or not job.status.ended:
        raise error
    line = refusal(speak(event.origin.locale), error)
    return Answer(reply=Reply(lines=(line,)), placement=Placement.PRIVATE, refused=True, error=error, outdated=job)
