"""Time and ids from the machine: what `bot.core.ports.Clock` is in production."""

import secrets
from datetime import UTC, datetime

_TIME_DIGITS = 14


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the current time, UTC."""
        return datetime.now(UTC)


def made_at(job_id: str) -> datetime:
    """Return the moment, UTC, at which `new_id` made an id."""
    return datetime.fromtimestamp(int(job_id[:_TIME_DIGITS], 16) / 1_000_000, UTC)


def new_id(moment: datetime) -> str:
    """Make an opaque id of 26 lower-case hexadecimal characters that sorts by time, to the microsecond."""
    return f"{int(moment.timestamp() * 1_000_000):0{_TIME_DIGITS}x}{secrets.token_hex(6)}"
