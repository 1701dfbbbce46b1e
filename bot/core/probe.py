"""Tests of the stores: whether the bot can do all its work there, including writing."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.core.condition import Condition
from bot.core.errors import StorageError
from bot.core.supervise import Loop

SECONDS = 30.0
"""Between two tests of a store that works, and the longest pause while it doesn't."""
_FIRST_PAUSE = 1.0


class Probe:
    """Tests one store now and then; soon after a failure of any operation, then after growing pauses."""

    def __init__(self, condition: Condition, check: Callable[[], Awaitable[None]], *, seconds: float = SECONDS) -> None:
        self._condition, self._check, self._seconds = condition, check, seconds
        self._tested = time.monotonic()  # when it was opened
        self._tries = 0
        self.loop = Loop(f"testing the {condition.name}", self._round, seconds=min(_FIRST_PAUSE, seconds))
        """The loop to run for as long as the bot runs."""

    async def _round(self) -> None:
        if time.monotonic() - self._tested < self._pause():
            return
        with suppress(StorageError):  # the store has noted it
            await self._check()
            self._condition.passed()
        self._tries = 0 if self._condition.works else self._tries + 1
        self._tested = time.monotonic()

    def _pause(self) -> float:
        if self._condition.works:
            return self._seconds
        return 0.0 if self._tries == 0 else min(_FIRST_PAUSE * 2.0 ** min(self._tries, 16), self._seconds)
