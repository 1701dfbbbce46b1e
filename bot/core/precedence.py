"""Commands go first: work on images waits while commands are being answered.

Both need the same processor. A command has to be answered within three seconds; an image has already taken longer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_QUIET_SECONDS = 0.001
"""Time to read the commands that have arrived meanwhile."""
_LATER_SECONDS = 0.02
"""Time until an arrived command is being checked."""


class Precedence:
    """Knows whether commands or presses are being answered now."""

    def __init__(self, longest: float = 1.0, apart: float = 0.02) -> None:
        self._longest = longest
        """How many seconds one step of a job waits for such a moment at most: commands may come without end."""
        self._apart = apart
        """How many seconds after one step the next one goes on, if both have waited for so long."""
        self._went_on = 0.0
        self._answering = 0
        self._free, self._turn = asyncio.Event(), asyncio.Lock()
        self._free.set()

    @contextmanager
    def of_a_command(self) -> Iterator[None]:
        """Go first while the context lasts."""
        self._answering += 1
        self._free.clear()
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self._free.set()

    async def give_way(self) -> None:
        """Wait for a moment in which no command is being answered, if there is one soon.

        Steps that wait go on one by one, a moment apart, so that the next command finds only one of them before it.
        Steps that have waited for the longest time allowed go on, too.
        """
        if not self._answering and not self._turn.locked():
            return
        clock = asyncio.get_running_loop().time
        latest = clock() + self._longest
        async with self._turn:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(max(latest, self._went_on + self._apart)):
                    await self._quiet()
            self._went_on = clock()

    async def come_after(self) -> None:
        """Wait also for a command that is about to be checked."""
        await asyncio.sleep(_LATER_SECONDS)
        await self.give_way()

    async def _quiet(self) -> None:
        while True:
            await self._free.wait()
            await asyncio.sleep(_QUIET_SECONDS)
            if not self._answering:
                return
