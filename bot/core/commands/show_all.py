"""Show all: the whole prompt of a job. Its message has only the beginning."""

from dataclasses import dataclass

from bot.core.commands.command import Handlers
from bot.core.events import ButtonEvent
from bot.core.jobs.found import Found
from bot.core.model import Action
from bot.core.replies import Answer


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class ShowAll:
    """Answers the button Show all, for everybody who sees the message."""

    found: Found

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.SHOW_ALL: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Return the prompt. Raises JobNotFound."""
        job = await self.found.job(event.argument, event.origin)
        return Answer(prompt=job.request.prompt)
