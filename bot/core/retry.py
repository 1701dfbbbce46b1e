"""Retries for storage: a write that must not be lost is tried again while the database or the disk is unavailable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.core.errors import StorageError

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Retry:
    """Repeats a write that failed with a StorageError, for `seconds` in total, with growing pauses."""

    def __init__(self, seconds: float = 60, first_pause: float = 0.2) -> None:
        self._seconds, self._first_pause = seconds, first_pause

    async def write(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Run `operation`, and again after a StorageError. Raises the last StorageError; any other error at once."""
        pause, waited = self._first_pause, 0.0
        while True:
            try:
                return await operation()
            except StorageError as error:
                if waited >= self._seconds:
                    raise
                logger.warning("storage is away, trying again in %.1f s: %s", pause, error)
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 2, 5.0)
