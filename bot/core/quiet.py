"""Keeps frequent tries from filling the log."""

import time

from bot.core.bounds import SAME_WORDS_SECONDS


class Quiet:
    """Knows what was said within the last minute, so that frequent tries don't fill the log."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def again(self, cause: str) -> bool:
        """Return whether this was said within the last minute; if not, count it as said now."""
        now = time.monotonic()
        self._said = {each: moment for each, moment in self._said.items() if now - moment < SAME_WORDS_SECONDS}
        if cause in self._said:
            return True
        self._said[cause] = now
        return False
