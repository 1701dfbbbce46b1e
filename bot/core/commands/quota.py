"""Quota: the current period, the limits for a new job, and what a user has left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.commands.command import Command, Handlers
from bot.core.events import CommandEvent
from bot.core.language import speak
from bot.core.model import Limits, Usage, User, Window
from bot.core.ports import Clock, JobRepository
from bot.core.replies import Answer, Reply

QUOTA = Command(name="quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaPolicy:
    """What the operator allows: `images` per user in each `period` (day, week or month) of `zone`.

    `budget` is what all users together may have in a period; None means no limit.
    """

    images: int
    period: str
    zone: ZoneInfo
    open_jobs: int
    backlog: int
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Answers `/quota`, and returns the limits for new jobs."""

    jobs: JobRepository
    policy: QuotaPolicy
    clock: Clock

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={QUOTA: self.answer})

    def limits(self) -> Limits:
        """Return the current limits."""
        return Limits(
            window=self.window(),
            quota=self.policy.images,
            open_jobs=self.policy.open_jobs,
            backlog=self.policy.backlog,
            budget=self.policy.budget,
        )

    def window(self) -> Window:
        """Return the current period."""
        return period(self.clock.now(), self.policy.period, self.policy.zone)

    async def usage(self, user: User) -> Usage:
        """Return what the user has used in the current period."""
        return await self.jobs.usage(user.id, self.window())

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the reply that shows what the user has left."""
        window = self.window()
        usage = await self.jobs.usage(event.origin.user.id, window)
        lines = speak(event.origin.locale).quota(usage, self.policy.images, window, self.policy.period)
        return Answer(reply=Reply(lines=lines), private=True)


def period(now: datetime, unit: str, zone: ZoneInfo) -> Window:
    """Return the `day`, `week` (from Monday) or `month` around `now`, from local midnight to local midnight."""
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match unit:
        case "day":
            start, end = midnight, midnight + timedelta(days=1)
        case "week":
            start = midnight - timedelta(days=midnight.weekday())
            end = start + timedelta(days=7)
        case _:
            start = midnight.replace(day=1)
            end = (start + timedelta(days=32)).replace(day=1)
    return Window(start=start.astimezone(ZoneInfo("UTC")), end=end.astimezone(ZoneInfo("UTC")))
