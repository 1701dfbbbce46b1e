"""What the HTTP server's library logs: what strangers cause is counted, what is the bot's fault is written."""

import asyncio
import logging
from typing import Any

from aiohttp import ClientConnectionResetError
from aiohttp.http import HttpProcessingError
from aiohttp.web import RequestPayloadError

from bot.core.bounds import SAME_WORDS_SECONDS

logger = logging.getLogger(__name__)

_THEIRS = (HttpProcessingError, RequestPayloadError, ClientConnectionResetError)
"""A request that is none, a body that breaks off, and an answer that nobody waits for."""


class Noise(logging.LoggerAdapter[logging.Logger]):
    """Takes the place of aiohttp's logger. It would write a traceback of kilobytes for each odd byte of a stranger's.

    One line a minute says how many there were, and nothing that they sent.
    """

    def __init__(self, seconds: float = SAME_WORDS_SECONDS) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))
        self._seconds = seconds
        self._number, self._latest = 0, ""
        self._timer: asyncio.TimerHandle | None = None

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        """Count a stranger's error, and write any other."""
        error = kwargs.get("exc_info")
        if not isinstance(error, _THEIRS):
            super().log(level, msg, *args, **kwargs)
            return
        self._number, self._latest = self._number + 1, type(error).__name__
        if self._timer is None:
            self._say()

    def close(self) -> None:
        """Say what isn't said yet."""
        if self._timer:
            self._timer.cancel()
        if self._number:
            self._write()

    def _say(self) -> None:
        if not self._number:
            self._timer = None
            return
        self._write()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._say)

    def _write(self) -> None:
        logger.info("requests that could not be read: %d (the latest: %s)", self._number, self._latest)
        self._number = 0
