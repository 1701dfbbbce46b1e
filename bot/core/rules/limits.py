"""Limits: what the operator allows, and the period for which it is counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.access import Access
from bot.core.model import Limits, Window


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

    def window(self, now: datetime) -> Window:
        """Return the current period."""
        return period(now, self.period, self.zone)

    def limits(self, now: datetime, access: Access, *, shutting_down: bool = False, store_away: bool = False) -> Limits:
        """Return the limits for a job that is asked for now, where `access` says who may draw."""
        return Limits(
            window=self.window(now),
            quota=self.images,
            open_jobs=self.open_jobs,
            backlog=self.backlog,
            budget=self.budget,
            shutting_down=shutting_down,
            store_away=store_away,
            access=access,
        )


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
