"""The threads for images: a large one never holds up a small one, and memory is bounded."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from bot.core.errors import StorageError
from bot.core.message import message
from bot.core.quiet import Quiet
from bot.core.workers import Workers

logger = logging.getLogger(__name__)

T = TypeVar("T")

# More than two cores need: large images leave one thread to small ones, and huge images leave another to large ones.
_THREADS = max(3, (os.cpu_count() or 1) - 1)
# Of images with more pixels than the first number, so many are decoded at a time. A pixel takes about 12 bytes.
_LARGE, _HUGE = 2_000_000, 16_000_000


class Threads:
    """Runs work on images, once more alone if there isn't enough memory for several at a time."""

    def __init__(self) -> None:
        self._workers = Workers(_THREADS, "images")
        self._places, self._turn = asyncio.Semaphore(_THREADS), asyncio.Lock()
        self._lanes = ((_HUGE, asyncio.Semaphore(1)), (_LARGE, asyncio.Semaphore(_THREADS - 1)), (-1, self._places))
        self._quiet = Quiet()

    async def run(self, work: Callable[[], T], *, pixels: int = 0) -> T:
        """Do some work that decodes so many pixels. Raises StorageError if there isn't enough memory."""
        try:
            async with AsyncExitStack() as places:
                for most, lane in self._lanes:
                    if pixels > most:
                        await places.enter_async_context(lane)
                return await self._workers.run(work)
        except MemoryError:
            logger.debug("there isn't enough memory for an image: it is tried again alone")
        try:
            async with self._alone():
                return await self._workers.run(work)
        except MemoryError as error:
            if not self._quiet.again("memory"):
                logger.error("there isn't enough memory for an image, even alone: it waits for more")  # noqa: TRY400
            raise StorageError(message("There isn't enough memory for an image.")) from error

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Wait until no other work on images is running, and let none begin."""
        async with AsyncExitStack() as places, self._turn:
            for _ in range(_THREADS):
                await places.enter_async_context(self._places)
            yield
