"""Show again: deliver what is stored, free of charge, in place of the message whose button was pressed."""

from dataclasses import dataclass

from bot.core.commands.command import Handlers
from bot.core.events import ButtonEvent
from bot.core.jobs.found import Found
from bot.core.model import Action
from bot.core.refusals import TooLate
from bot.core.replies import Answer
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class ShowAgain:
    """Answers the button Show again, below a message that says why there are no images in it."""

    found: Found

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.SHOW_AGAIN: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Let the message be brought up to date, if this user may. Raises JobNotFound, NotYours, TooLate."""
        job = await self.found.job(event.argument, event.origin)
        if not permissions.may_stop(job, event.origin):
            raise permissions.not_theirs(job, event.origin)
        if not job.status.ended:
            raise TooLate
        return Answer(outdated=job)
