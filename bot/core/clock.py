"""The clock, and ids that are made from a time."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

_TIME_DIGITS, _RANDOM_DIGITS = 14, 12
_ASKED_AT_ONCE = 256


class Clock(Protocol):
    """The source of the time of day, which can be set at any moment, and of a steady time, which can't."""

    def now(self) -> datetime:
        """Return the current time in UTC, with a time zone."""
        ...

    def steady(self) -> float:
        """Return the seconds since some moment. Waits that a process keeps only in memory are measured by these."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Return the seconds since some moment, even if the clock is set."""
        return time.monotonic()


def made_at(job_id: str) -> datetime:
    """Return the time, in UTC, at which `Ids` made an id."""
    return datetime.fromtimestamp(int(job_id[:_TIME_DIGITS], 16) / 1_000_000, UTC)


def _random_digits() -> Iterator[str]:
    """Yield random digits. The system is asked for many ids at once: each call lets other threads go first."""
    while True:
        digits = secrets.token_hex(_ASKED_AT_ONCE * _RANDOM_DIGITS // 2)
        yield from (digits[start : start + _RANDOM_DIGITS] for start in range(0, len(digits), _RANDOM_DIGITS))


class Ids:
    """Makes ids that sort in the order in which they were made, also after the clock was set back."""

    def __init__(self) -> None:
        self._latest = 0
        self._random = _random_digits()

    def new(self, moment: datetime) -> str:
        """Return a new opaque id: 26 lower-case hexadecimal characters that sort by time, to the microsecond."""
        self._latest = max(int(moment.timestamp() * 1_000_000), self._latest + 1)
        return f"{self._latest:0{_TIME_DIGITS}x}{next(self._random)}"

    def come_after(self, job_id: str) -> None:
        """Make only ids that sort after this one, which was made earlier, perhaps by another process."""
        self._latest = max(self._latest, int(job_id[:_TIME_DIGITS], 16))
