"""How many calls Slack takes: a refused call isn't tried again too early, and outcomes go before progress.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

_MINUTE = 60.0
_LIMITS = {"chat.update": 50}
"""The calls a minute that the methods for showing progress have. Slack lets bursts pass; other processes count, too."""
_BY_CHANNEL = frozenset({"chat.postMessage"})
"""Methods whose calls Slack counts for each channel."""
_MOST_KEPT = 1000


class Pace:
    """The calls of this process in the last minute, and how long Slack takes no further ones."""

    def __init__(
        self,
        steady: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.steady, self.pause = steady, pause
        self._called: dict[str, deque[float]] = defaultdict(deque)
        self._limited: dict[tuple[str, str], float] = {}

    def called(self, method: str) -> None:
        """Count a call."""
        if method in _LIMITS:
            self._called[method].append(self.steady())

    def refused(self, method: str, channel: str, seconds: float) -> None:
        """Take note that Slack takes no such call for a while."""
        now = self.steady()
        if len(self._limited) >= _MOST_KEPT:
            self._limited = {key: until for key, until in self._limited.items() if until > now}
        self._limited[_counted(method, channel)] = now + seconds

    def wait(self, method: str, channel: str) -> float:
        """Return for how many seconds Slack takes no such call; 0 if it does, as far as it said."""
        return max(0.0, self._limited.get(_counted(method, channel), 0.0) - self.steady())

    def leaves_room(self, method: str) -> bool:
        """Return whether half of the minute's calls are left for what matters more."""
        called, now = self._called[method], self.steady()
        while called and now - called[0] >= _MINUTE:
            called.popleft()
        return len(called) < _LIMITS[method] // 2 and not self.wait(method, "")


def _counted(method: str, channel: str) -> tuple[str, str]:
    return method, channel if method in _BY_CHANNEL else ""
