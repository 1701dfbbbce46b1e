"""Quota: the current period, what a new job is held against, and what a user has left."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.language import speak
from bot.core.model import Limits, Usage, User, Window
from bot.core.ports import Clock, JobRepository
from bot.core.replies import Answer, Reply
from bot.settings import Settings


class Quota:
    """Answers `/quota`, and gives the limits that every new job is accepted under."""

    def __init__(self, jobs: JobRepository, settings: Settings, clock: Clock) -> None:
        self._jobs, self._settings, self._clock = jobs, settings, clock

    def limits(self) -> Limits:
        """Give the limits that hold now."""
        return Limits(
            window=self.window(),
            quota=self._settings.quota_images,
            open_jobs=self._settings.max_open_jobs_per_user,
            backlog=self._settings.max_waiting_jobs,
            budget=self._settings.budget_images,
        )

    def window(self) -> Window:
        """Give the current period."""
        return period(self._clock.now(), self._settings.quota_period, ZoneInfo(self._settings.quota_timezone))

    async def usage(self, user: User) -> Usage:
        """Sum what the user has used in the current period."""
        return await self._jobs.usage(user.id, self.window())

    async def answer(self, user: User, locale: str) -> Answer:
        """Say what the user has left."""
        usage, window = await self.usage(user), self.window()
        lines = speak(locale).quota(usage, self._settings.quota_images, window, self._settings.quota_period)
        return Answer(reply=Reply(lines=lines), private=True)


def period(now: datetime, unit: str, zone: ZoneInfo) -> Window:
    """Give the `day`, `week` (from Monday) or `month` around `now`, from local midnight to local midnight."""
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
