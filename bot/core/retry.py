"""Retries: a call that failed in a way that passes is made again, with growing pauses."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from bot.core.errors import BotError, StorageError

logger = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_PAUSE = 5.0


def repeated(
    on: type[Exception] | Callable[[Exception], bool],
    *,
    first_pause: float,
    attempts: int | None = None,
    seconds: float | None = None,
) -> stamina.BoundAsyncRetryingCaller:
    """Return a function that awaits a call, and again after the errors that `on` names or accepts.

    This is done at most `attempts` times, and for `seconds` in total. `first_pause`, in seconds, is doubled for each
    later one. The last error is raised, and one that is not `on` at once.
    """
    caller = stamina.AsyncRetryingCaller(
        attempts=attempts, timeout=seconds, wait_initial=first_pause, wait_max=_LONGEST_PAUSE, wait_jitter=0
    )
    return caller.on(on)


class Retry:
    """Repeats a write that must not be lost while the database or the disk is unavailable.

    It does so for `seconds` in total; with None, for as long as the process lives.
    """

    def __init__(self, seconds: float | None = 60, first_pause: float = 0.2) -> None:
        self._seconds, self._first_pause = seconds, first_pause

    async def write(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Run `operation`, and again after a StorageError. Raises the last StorageError; any other error at once."""
        began, pause = time.monotonic(), self._first_pause
        while True:  # not by `repeated`, whose setting up takes longer than most writes, which succeed at once
            try:
                return await operation()
            except StorageError as error:
                if self._seconds is not None and time.monotonic() - began >= self._seconds:
                    raise
                logger.debug("storage is away, trying again: %s", error)  # the store itself warns, once a minute
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _log(details: RetryDetails) -> None:
    if isinstance(details.caused_by, BotError):  # a library's error may quote what must not be logged
        logger.info("trying again in %.1f s: %s", details.wait_for, details.caused_by)


# In place of stamina's own, which would log each retry a second time and count it in a registry that is not read.
set_on_retry_hooks((_log,))
