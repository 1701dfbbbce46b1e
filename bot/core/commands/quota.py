"""Quota: the current period, the limits for a new job, and what a user has left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.language import speak
from bot.core.model import Limits, Usage, User, Window
from bot.core.ports import Clock, JobRepository
from bot.core.replies import Answer, Reply


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


class Quota:
    """Answers `/quota`, and returns the limits for new jobs."""

    def __init__(self, jobs: JobRepository, policy: QuotaPolicy, clock: Clock) -> None:
        self._jobs, self._policy, self._clock = jobs, policy, clock

    def limits(self) -> Limits:
        """Return the current limits."""
        return Limits(
            window=self.window(),
            quota=self._policy.images,
            open_jobs=self._policy.open_jobs,
            backlog=self._policy.backlog,
            budget=self._policy.budget,
        )

    def window(self) -> Window:
        """Return the current period."""
        return period(self._clock.now(), self._policy.period, self._policy.zone)

    async def usage(self, user: User) -> Usage:
        """Return what the user has used in the current period."""
        return await self._jobs.usage(user.id, self.window())

    async def answer(self, user: User, locale: str) -> Answer:
        """Return the reply that shows what the user has left."""
        window = self.window()
        usage = await self._jobs.usage(user.id, window)
        lines = speak(locale).quota(usage, self._policy.images, window, self._policy.period)
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
