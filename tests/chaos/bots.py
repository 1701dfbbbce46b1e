"""The bot, started and stopped while people use it; two at once while one takes the other's place."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from bot.cli.assembly import Running, running
from bot.cli.timings import Timings
from bot.core.errors import StorageError
from bot.settings import Settings
from tests.chaos.faults import Happening

logger = logging.getLogger(__name__)

TIMINGS = Timings(database=1.2, lease=4.0, renewal=1.0, retry=0.1, cool_down=0.5, recovery=0.5, notice=0.6, outage=0.3)


class Bots:
    """The processes, oldest first. Stopping one leaves its work to its leases: nothing is waited for."""

    def __init__(self, settings: Mapping[str, object], attach: Callable[[str], None]) -> None:
        self._settings, self._attach = Settings.model_validate(settings), attach
        self.faults: Mapping[str, Happening] = {}
        self._alive: deque[tuple[AsyncExitStack, Running]] = deque()

    async def start(self) -> None:
        """Start one more, and send people to it once it is connected.

        One that finds the database locked for longer than it waits ends; its supervisor starts it again.
        """
        while True:
            stack = AsyncExitStack()
            try:
                bot = await stack.enter_async_context(running(self._settings, TIMINGS))
                break
            except StorageError as error:
                logger.warning("a start failed: %s", error)
        self._alive.append((stack, bot))
        await self.connected()
        self._attach(bot.opened_at.get("web", bot.url))

    async def connected(self) -> None:
        """Wait until all are connected, also again."""
        async with asyncio.timeout(30):
            while not all([await bot.ready() for _, bot in self._alive]):
                await asyncio.sleep(0.02)

    async def stop_oldest(self) -> None:
        """Stop one."""
        stack, _ = self._alive.popleft()
        await stack.aclose()

    async def stop(self) -> None:
        """Stop all."""
        while self._alive:
            await self.stop_oldest()

    def log(self) -> str:
        """Return what they logged elsewhere than in this process."""
        return ""
