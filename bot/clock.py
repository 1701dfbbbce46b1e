"""Time and ids from the machine: what `bot.ports.Clock` is in production."""

import secrets
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the current time, UTC."""
        return datetime.now(UTC)


def new_id(moment: datetime) -> str:
    """Make an opaque id of 26 lower-case hexadecimal characters that sorts by time, to the microsecond."""
    return f"{int(moment.timestamp() * 1_000_000):014x}{secrets.token_hex(6)}"
