"""How often the bot may connect to Discord: at once after a connection that lasted, else after growing pauses."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Timings(NamedTuple):
    """Waiting times, in seconds. They suit every operator; tests use shorter ones."""

    connection: float = 1.0
    """Between the beginnings of two connections, doubled each time up to `longest_connection`."""
    longest_connection: float = 30.0
    session: float = 5.0
    """Between the beginnings of two sessions, doubled each time up to `longest_session`.

    Discord takes one in five seconds, and resets the token of a bot that begins more than 1,000 a day: every 120 s is
    720 times. https://docs.discord.com/developers/events/gateway#identifying
    """
    longest_session: float = 120.0
    settled: float = 600.0
    """After a connection or a session that lasted this long, the pauses begin with the shortest again."""
    rarely: float = 3600.0
    """Between two tries if only a person can cure the failure."""
    registration: float = 2.0
    """Before commands are registered again, doubled each time, where Discord doesn't say how long."""
    longest_registration: float = 300.0


class Pace:
    """Says when the next of something may begin: after pauses that double each time."""

    def __init__(
        self, first: float, longest: float, settled: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first, self._longest, self._settled, self._clock = first, longest, settled, clock
        self._began: float | None = None
        self._pause = first

    def left(self, at_least: float = 0.0) -> float:
        """Return for how many seconds to wait before the next may begin. No pause is shorter than `at_least`."""
        if self._began is None:
            return at_least
        return max(self._began + max(self._pause, at_least) - self._clock(), 0.0)

    def begins(self) -> None:
        """Take note that one begins now."""
        now = self._clock()
        lasted = self._began is None or now - self._began >= self._settled
        self._pause = self._first if lasted else min(self._pause * 2, self._longest)
        self._began = now
