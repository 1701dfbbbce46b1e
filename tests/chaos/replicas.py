"""The bot as processes of its own, which share a PostgreSQL database and can be killed."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.chaos.faults import Happening
from tests.support.process import BotProcess


class Replicas:
    """The processes, oldest first."""

    def __init__(self, settings: Mapping[str, object], attach: Callable[[str], None], folder: Path) -> None:
        self._settings, self._attach, self._folder = settings, attach, folder
        self._alive: deque[BotProcess] = deque()
        self.faults: Mapping[str, Happening] = {"killed": self._kill, "joined": self._join}

    async def start(self) -> None:
        """Start one more, and send people to it once it is connected."""
        bot = BotProcess(self._folder, self._settings, module="tests.chaos.process")
        self._alive.append(bot)
        await bot.start()
        self._attach(bot.page or bot.url)

    async def connected(self) -> None:
        """Wait until all are connected, also again."""
        async with asyncio.timeout(30):
            for bot in self._alive:
                await bot.ready()

    async def stop_oldest(self) -> None:
        """Ask one to end."""
        bot = self._alive.popleft()
        assert await bot.stop() == 0, self.log()

    async def stop(self) -> None:
        """Stop all."""
        while self._alive:
            await self.stop_oldest()

    def log(self) -> str:
        """Return what all of them logged."""
        return (self._folder / "log.txt").read_text()

    async def _kill(self, _: float) -> None:
        """End the oldest at once, and start another in its place."""
        bot = self._alive.popleft()
        bot.kill()
        await bot.ended()
        await self.start()

    async def _join(self, _: float) -> None:
        """Start one more, which stays."""
        await self.start()
