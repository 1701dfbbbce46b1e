"""The clock, and ids that are made from a time."""

import secrets
from datetime import UTC, datetime
from typing import Protocol

_TIME_DIGITS = 14


class Clock(Protocol):
    """The source of the current time."""

    def now(self) -> datetime:
        """Return the current time in UTC, with a time zone."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


def made_at(job_id: str) -> datetime:
    """Return the time, in UTC, at which `new_id` made an id."""
    return datetime.fromtimestamp(int(job_id[:_TIME_DIGITS], 16) / 1_000_000, UTC)


def new_id(moment: datetime) -> str:
    """Return a new opaque id: 26 lower-case hexadecimal characters that sort by time, to the microsecond."""
    return f"{int(moment.timestamp() * 1_000_000):0{_TIME_DIGITS}x}{secrets.token_hex(6)}"
