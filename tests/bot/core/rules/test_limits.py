"""The quota's periods."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Window
from bot.core.rules.limits import period


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "unit", "zone", "start", "end"),
    [
        (utc(2026, 11, 23, 5), "day", "UTC", utc(2026, 11, 23), utc(2026, 11, 24)),
        (utc(2026, 11, 22, 23), "day", "Europe/Berlin", utc(2026, 11, 22, 23), utc(2026, 11, 23, 23)),
        (utc(2026, 11, 25, 5), "week", "UTC", utc(2026, 11, 23), utc(2026, 11, 30)),
        (utc(2026, 12, 31, 5), "month", "UTC", utc(2026, 12, 1), utc(2027, 1, 1)),
        # The clocks go back on 25 October: that day has 25 hours.
        (utc(2026, 10, 25, 12), "day", "Europe/Berlin", utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)),
    ],
)
def test_a_period_goes_from_local_midnight_to_local_midnight(
    now: datetime, unit: str, zone: str, start: datetime, end: datetime
) -> None:
    assert period(now, unit, ZoneInfo(zone)) == Window(start=start, end=end)
