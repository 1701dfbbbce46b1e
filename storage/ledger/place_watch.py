"""Decides when to look for jobs that wait: while all places are taken, not after each command."""

import asyncio
from collections.abc import Callable

_SOON_SECONDS = 0.1


class PlaceWatch:
    """What this process knows of the places. `look` makes a worker look for work."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._waiting = True
        """Whether jobs may wait for a place. If not, nobody looks when one gets free."""
        self._full = False
        """Whether the latest look found all places taken, and no job has left one since it began."""
        self.left = 0
        """How many jobs have left a place here."""
        self._looking_soon: asyncio.TimerHandle | None = None

    def looked(self, *, waiting: bool, full: bool, left_before: int) -> None:
        """Note what a look has found. When it began, `left_before` jobs had left a place."""
        self._waiting, self._full = waiting, full and self.left == left_before

    def waits(self) -> None:
        """Note that a job waits from now on, and have a worker look for it: at once, or soon if all places are taken.

        When a job of this process leaves its place, a worker looks at once. The later look finds a place that a job of
        another process has left.
        """
        self._waiting = True
        if not self._full:
            self._look()
        elif self._looking_soon is None:
            self._looking_soon = asyncio.get_running_loop().call_later(_SOON_SECONDS, self._look_soon)

    def leaves(self) -> None:
        """Note that a job has left its place: one more may run now."""
        self._full, self.left = False, self.left + 1
        if self._waiting:
            self._look()

    def _look_soon(self) -> None:
        self._looking_soon = None
        self._look()
