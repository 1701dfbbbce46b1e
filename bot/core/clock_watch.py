"""Watches the machine's clock: if it is set, that is logged once, and jobs that are put off wait as long as before."""

import logging
from datetime import timedelta

from bot.core.clock import Clock
from bot.core.rules import moments
from bot.core.supervise import Loop
from bot.core.work_queue import WorkQueue

logger = logging.getLogger(__name__)

SECONDS = 1.0


class ClockWatch:
    """Compares the time of the day with a clock that can't be set."""

    def __init__(self, *, clock: Clock, work: WorkQueue, owner: str) -> None:
        self._clock, self._work, self._owner = clock, work, owner
        self._wall, self._steady = clock.now(), clock.steady()
        self._to_follow = timedelta()

    def loop(self) -> Loop:
        """Return the loop to run for as long as the bot runs."""
        return Loop("watching the clock", self.look, seconds=SECONDS)

    async def look(self) -> None:
        """Log if the clock was set since the last look, and let the ledger follow it. Raises StorageError."""
        wall, steady = self._clock.now(), self._clock.steady()
        step = moments.step(wall - self._wall, timedelta(seconds=steady - self._steady))
        self._wall, self._steady = wall, steady
        if step:
            way = "back" if step < timedelta() else "forward"
            logger.warning("this machine's clock was set %s by %.0f s, or it slept", way, abs(step).total_seconds())
        self._to_follow += step
        if self._to_follow:
            await self._work.follow_clock(self._owner, self._to_follow)
            self._to_follow = timedelta()
