"""Discord's answers, kept for a while, since people wait while it is asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

import discord

from adapters.discord.refusals import NO_ANSWER, described
from bot.core.clock import Clock
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

# Discord waits 3 seconds for an acknowledgement, and the ledger is asked after this.
_SECONDS = 1.0
_AT_A_TIME = 20
# If there are more answers than these, the oldest are forgotten.
_MOST = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")

_FAILURES = (
    discord.DiscordException,
    *NO_ANSWER,
    RuntimeError,  # aiohttp's, for a session that was closed meanwhile
    LookupError,  # an answer without what it should have
    ValueError,
)


class Answers(Generic[Key, Value]):
    """Asks once for all that wait for the same answer, and asks at most 20 questions at a time, each for a second."""

    def __init__(
        self, ask: Callable[[Key], Awaitable[Value]], *, about: str, keep: timedelta, clock: Clock, tasks: Tasks
    ) -> None:
        self._ask, self._about, self._keep, self._clock, self._tasks = ask, about, keep, clock, tasks
        self._known: dict[Key, tuple[Value, float]] = {}
        self._asking: dict[Key, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    async def get(self, key: Key) -> Value | None:
        """Return the answer, also a kept one. If Discord gives none, return the last one; None if there isn't one."""
        if not self._fresh(key):
            asking = self._asking.get(key)
            if asking is None:
                self._asking[key] = asking = self._tasks.spawn(self._look(key), f"asking Discord about {self._about}")
            await asyncio.wait({asking})
        return self._known[key][0] if key in self._known else None

    def fresh(self, key: Key) -> Value | None:
        """Return an answer that is still kept; None if it has to be asked for."""
        return self._known[key][0] if self._fresh(key) else None

    def _fresh(self, key: Key) -> bool:
        return key in self._known and self._clock.steady() - self._known[key][1] < self._keep.total_seconds()

    async def _look(self, key: Key) -> None:
        try:
            async with asyncio.timeout(_SECONDS), self._turns:
                answer = await self._ask(key)
        except _FAILURES as error:
            logger.warning("Discord does not say %s of %s (%s)", self._about, key, described(error))
        else:
            self._known.pop(key, None)  # so that the oldest answer is the first
            self._known[key] = answer, self._clock.steady()
            while len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        finally:
            del self._asking[key]
