"""The log of the HTTP server's library: strangers' noise in one line, and the bot's own faults in full."""

import logging
from typing import Any

from aiohttp import ClientConnectionResetError
from aiohttp.http import HttpProcessingError
from aiohttp.web import RequestPayloadError

logger = logging.getLogger(__name__)

_THEIRS = (HttpProcessingError, RequestPayloadError, ClientConnectionResetError)
"""Bytes that aren't a request, a body that breaks off, and an answer that nobody waits for."""


class Noise(logging.LoggerAdapter[logging.Logger]):
    """Takes the place of aiohttp's logger. It would write a traceback of kilobytes for each odd byte of a stranger's.

    The line is always the same, so that the log counts it, and has nothing that they sent.
    """

    def __init__(self) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        """Write a line about a stranger's error, and any other error as it is."""
        if isinstance(kwargs.get("exc_info"), _THEIRS):
            logger.info("a request could not be read")
        else:
            super().log(level, msg, *args, **kwargs)
