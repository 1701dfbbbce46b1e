"""Notifications within one process that work may be due."""

import asyncio
from contextlib import suppress


class LocalWakeup:
    """A `bot.core.ports.Wakeup` that notifies only this process."""

    def __init__(self) -> None:
        self._due = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return when work may be due, or after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._due.wait()
        self._due.clear()

    def notify(self) -> None:
        """Wake all callers that wait; if nobody waits, the next `wait` returns at once."""
        self._due.set()
