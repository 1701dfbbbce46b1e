"""Knows when to look for a job that waits for a place: not after each of many commands while all places are taken."""

import asyncio
from collections.abc import Callable

_SOON_SECONDS = 0.1


class PlaceWatch:
    """What this process knows of the places. `look` has a worker look for work."""

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
        """Take note of what a look found that began when `left_before` jobs had left a place."""
        self._waiting, self._full = waiting, full and self.left == left_before

    def waits(self) -> None:
        """Let somebody look whether a job that waits from now on can be started: soon, while all places are taken.

        Once a job leaves a place there is a look at once. But another process may have left one.
        """
        self._waiting = True
        if not self._full:
            self._look()
        elif self._looking_soon is None:
            self._looking_soon = asyncio.get_running_loop().call_later(_SOON_SECONDS, self._look_soon)

    def leaves(self) -> None:
        """Take note that a job has left its place: one more may run now."""
        self._full, self.left = False, self.left + 1
        if self._waiting:
            self._look()

    def _look_soon(self) -> None:
        self._looking_soon = None
        self._look()
