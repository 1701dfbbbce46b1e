"""Quota: what a user has left in the current period."""

from dataclasses import dataclass

from bot.core.clock import Clock
from bot.core.commands.command import Command, Handlers
from bot.core.events import CommandEvent
from bot.core.language import speak
from bot.core.model import Usage, User
from bot.core.ports import Ledger
from bot.core.replies import Answer, Placement, Reply
from bot.core.rules.limits import QuotaPolicy

QUOTA = Command(name="quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Answers `/quota`."""

    ledger: Ledger
    policy: QuotaPolicy
    clock: Clock

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={QUOTA: self.answer})

    @property
    def images(self) -> int:
        """The number of images that a user may have in a period."""
        return self.policy.images

    async def usage(self, user: User) -> Usage:
        """Return what the user has used in the current period."""
        return await self.ledger.usage(user.id, self.policy.window(self.clock.now()))

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the reply that shows what the user has left."""
        window = self.policy.window(self.clock.now())
        usage = await self.ledger.usage(event.origin.user.id, window)
        lines = speak(event.origin.locale).quota(usage, self.policy.images, window, self.policy.period)
        return Answer(reply=Reply(lines=lines), placement=Placement.PRIVATE)
