"""The way in to Slack, which all connections share: one at a time, and not before the waits that Slack asked for."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

import aiohttp

from adapters.slack.refusals import SlackRefusal
from adapters.slack.socket import NotGreeted, Socket
from adapters.slack.timings import Timings
from bot.core.bounds import SAME_WORDS_SECONDS
from bot.core.chat import Meaning
from bot.core.errors import DeliveryError
from bot.outgoing.connector import reason

logger = logging.getLogger(__name__)

_FOR_GOOD = frozenset({Meaning.UNAUTHORIZED, Meaning.CLOSED})
_CURES = {
    "too_many_websockets": "Slack allows ten connections an app: stop processes that use the same app token",
    "link_disabled": "Socket Mode is off: turn it on at api.slack.com/apps, under Settings, Socket Mode",
}


class Door:
    """Opens connections. A failure is logged once for its cause, until a connection is made again."""

    def __init__(self, open_one: Callable[[], Awaitable[Socket]], timings: Timings) -> None:
        self._open_one, self._timings = open_one, timings
        self._lock, self._shortened = asyncio.Lock(), asyncio.Event()
        self._asked_until = self._refused_until = self._entered_at = 0.0
        self._refused_pause = timings.refused_pause
        self._freed = False
        self._said: dict[str, float] = {}
        self.trouble = ""
        """Why the last try failed, in a few words; empty if it didn't."""

    async def enter(self) -> Socket | None:
        """Open a connection, when that may be tried; None if it failed.

        Raises SlackRefusal if the app token is refused.
        """
        while True:
            await self._wait()
            async with self._lock:
                if self._left() <= 0:
                    return await self._try()

    def freed(self) -> None:
        """Take note that one of ours has ended: where Slack found too many before, there is a place again."""
        self._freed = True
        soon = time.monotonic() + self._timings.refused_pause
        self._refused_until = min(self._refused_until, soon)
        self._shortened.set()

    def refused(self, reason: str) -> None:
        """Take note that Slack refused a connection, or ended one, for this reason."""
        cure = _CURES.get(reason)
        if cure is None:
            return
        now = time.monotonic()
        if now - self._refused_until > self._timings.longest_refused_pause:
            self._refused_pause = self._timings.refused_pause
        self._refused_until = now + self._refused_pause
        self._refused_pause = min(self._refused_pause * 2, self._timings.longest_refused_pause)
        self.trouble = f"Slack refuses a connection ({reason})"
        self.warn(reason, "Slack: refuses a connection (%s). %s", reason, cure)

    def warn(self, cause: str, line: str, *details: object) -> None:
        """Log a line: once for its cause until a connection is made again, and at most once a minute."""
        now, before = time.monotonic(), self._said.get(cause)
        if before is None or (before < self._entered_at and now - before >= SAME_WORDS_SECONDS):
            self._said[cause] = now
            logger.warning(line, *details)

    async def _try(self) -> Socket | None:
        self._freed = False
        try:
            socket = await self._open_one()
        except NotGreeted as refused:
            self.refused(refused.reason)
            if self._freed:  # Slack may have counted before that
                self.freed()
            if refused.reason not in _CURES:
                self.trouble = f"a connection was ended before it began ({refused.reason})"
                self.warn("greeting", "Slack: a connection was ended before it began (%s)", refused.reason)
        except SlackRefusal as refused:
            if refused.retry_after is not None:
                self._put_off(refused.retry_after)
            elif refused.meaning in _FOR_GOOD:
                raise
            else:
                self.trouble = str(refused)
                self.warn(refused.code, "Slack: a connection could not be made: %s", refused)
        except (aiohttp.ClientError, ConnectionError, TimeoutError, DeliveryError) as error:
            self.trouble = _short(error)
            self.warn(type(error).__name__, "Slack: a connection could not be made: %s", self.trouble)
        else:
            self._entered()
            return socket
        return None

    def _put_off(self, seconds: float) -> None:
        self._asked_until = time.monotonic() + seconds
        self.trouble = f"Slack asked to wait {seconds:.0f} seconds"
        self.warn("wait", "Slack: asks to wait %.0f seconds before the next connection", seconds)

    def _entered(self) -> None:
        if any(said >= self._entered_at for said in self._said.values()):
            logger.info("Slack: a connection is made again")
        self._entered_at, self.trouble = time.monotonic(), ""

    def _left(self) -> float:
        return max(self._asked_until, self._refused_until) - time.monotonic()

    async def _wait(self) -> None:
        while (left := self._left()) > 0:
            self._shortened.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._shortened.wait()


def _short(error: Exception) -> str:
    """Return an error in a few words: a library's own words may hold the ticket, or a whole page."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"its handshake was answered with status {error.status}"
    return str(error) if isinstance(error, DeliveryError) else reason(error)
