"""Retries: a call that failed in a way that passes is made again, with growing pauses."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.core.errors import BotError, StorageError

if TYPE_CHECKING:
    from stamina import AsyncRetryingCaller
    from stamina.instrumentation import RetryDetails

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST_PAUSE = 5.0


class Repeated:
    """Awaits a call, and again after the errors that `on` names or accepts: at most `attempts` times, for `seconds`.

    `first_pause`, in seconds, is doubled for each later one. The last error is raised; one that is not `on`, at once.
    """

    def __init__(
        self,
        on: type[Exception] | Callable[[Exception], bool],
        *,
        first_pause: float,
        attempts: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self._on, self._first_pause, self._attempts, self._seconds = on, first_pause, attempts, seconds

    async def __call__(self, call: Callable[P, Awaitable[T]], *given: P.args, **named: P.kwargs) -> T:
        """Return what comes of the call in the end."""
        began = time.monotonic()
        try:  # without stamina, whose setting up takes longer than all else around a call that succeeds at once
            return await call(*given, **named)
        except Exception as error:
            if self._attempts == 1 or self._left(began) == 0 or not self._is_on(error):
                raise
            _say(self._first_pause, error)
        await asyncio.sleep(self._first_pause)
        return await self._later(self._left(began))(self._on, call, *given, **named)

    def _left(self, began: float) -> float | None:
        return None if self._seconds is None else max(0.0, began + self._seconds - time.monotonic())

    def _later(self, seconds: float | None) -> "AsyncRetryingCaller":
        import stamina.instrumentation  # its import takes a while

        # In place of its own, which would log each retry a second time and count it in a registry that isn't read.
        stamina.instrumentation.set_on_retry_hooks((_log,))
        return stamina.AsyncRetryingCaller(
            attempts=1 if seconds == 0 else self._attempts and self._attempts - 1,
            timeout=seconds or None,  # of 0 it would warn
            wait_initial=2 * self._first_pause,
            wait_max=_LONGEST_PAUSE,
            wait_jitter=0,
        )

    def _is_on(self, error: Exception) -> bool:
        return isinstance(error, self._on) if isinstance(self._on, type) else self._on(error)


class Retry:
    """Repeats a write that must not be lost while the database or the disk is unavailable.

    It does so for `seconds` in total; with None, for as long as the process lives.
    """

    def __init__(self, seconds: float | None = 60, first_pause: float = 0.2) -> None:
        self._repeated = Repeated(StorageError, first_pause=first_pause, seconds=seconds)

    async def write(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Run `operation`, and again after a StorageError. Raises the last StorageError; any other error at once."""
        return await self._repeated(operation)


def _say(pause: float, error: Exception) -> None:
    if isinstance(error, StorageError):  # the store itself warns, once a minute
        logger.debug("storage is away, trying again: %s", error)
    elif isinstance(error, BotError):  # a library's error may quote what must not be logged
        logger.info("trying again in %.1f s: %s", pause, error)


def _log(details: "RetryDetails") -> None:
    _say(details.wait_for, details.caused_by)
