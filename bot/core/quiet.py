"""Keeps frequent tries from filling the log."""

import time

from bot.core.bounds import SAME_WORDS_SECONDS


class Quiet:
    """Knows what was said within the last minute, or as long as is given, so that frequent tries don't fill the log."""

    def __init__(self, seconds: float = SAME_WORDS_SECONDS) -> None:
        self._seconds = seconds
        self._said: dict[str, float] = {}

    def again(self, cause: str) -> bool:
        """Return whether this was said within that time; if not, count it as said now."""
        now = time.monotonic()
        self._said = {each: moment for each, moment in self._said.items() if now - moment < self._seconds}
        if cause in self._said:
            return True
        self._said[cause] = now
        return False
