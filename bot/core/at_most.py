"""Asks something at most once in so many seconds, no matter how many callers want to know."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.core.clock import Clock

T = TypeVar("T")


class AtMost(Generic[T]):
    """Keeps an answer for some seconds. Callers at the same time wait for one answer, and later ones get that one."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float, clock: Clock) -> None:
        self._ask, self._seconds, self._clock = ask, seconds, clock
        self._kept: tuple[float, T] | None = None
        self._asking = asyncio.Lock()

    async def get(self) -> T:
        """Return the answer."""
        async with self._asking:
            if self._kept is None or self._clock.steady() - self._kept[0] >= self._seconds:
                answer = await self._ask()
                self._kept = self._clock.steady(), answer
            return self._kept[1]
