"""What could not be shown where it was asked for, asked for once more: at another place, or after a while."""

from dataclasses import dataclass

from bot.core.clock import Clock
from bot.core.commands.command import Handlers
from bot.core.commands.imagine import Imagine
from bot.core.events import ButtonEvent
from bot.core.jobs.found import Found
from bot.core.model import Action
from bot.core.refusals import TooOld
from bot.core.replies import Answer
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Elsewhere:
    """Answers the buttons Join and draw, Draw in a direct message, and Try again. The event says where that is."""

    imagine: Imagine
    found: Found
    clock: Clock

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.JOIN: self.draw, Action.DIRECTLY: self.draw, Action.TRY_AGAIN: self.draw})

    async def draw(self, event: ButtonEvent) -> Answer:
        """Accept the same request again, for its asker alone. Raises JobNotFound, TooOld, and what Again does."""
        job = await self.found.own(event.argument, event.origin.user)
        if not permissions.is_kept(job, self.clock.now()):
            raise TooOld
        return await self.imagine.again(event)
