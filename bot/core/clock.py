"""The system clock, which is `bot.core.ports.Clock` in production, and ids that are made from a time."""

import secrets
from datetime import UTC, datetime

_TIME_DIGITS = 14


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
