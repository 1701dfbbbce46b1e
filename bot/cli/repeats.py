"""A log that a fault can't fill: repeated messages of one place in the code are counted, not written."""

import copy
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from bot.core.bounds import ALARMS_A_SECOND, LOG_MESSAGE_BYTES, NEWS_A_SECOND, SAME_WORDS_SECONDS
from bot.core.foreign import cut_in_bytes, escaped

_SECOND = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    words: str
    """What it says, with the error of its traceback."""
    record: logging.LogRecord


class _Place:
    """One logging call, and what it has said. There are as many of these as logging calls in the code."""

    def __init__(self) -> None:
        self.words = ""
        self.since = self.latest = -math.inf
        """When the first message of the current second, and when the latest one was written."""
        self.written = self.held = 0
        self.held_back: _Message | None = None
        """The latest message that was `held` back."""

    def may_say(self, message: _Message, now: float) -> bool:
        if message.words == self.words:
            return now - self.latest >= SAME_WORDS_SECONDS
        most = ALARMS_A_SECOND if message.record.levelno >= logging.WARNING else NEWS_A_SECOND
        return self.written < most or now - self.since >= _SECOND

    def says(self, message: _Message, now: float) -> None:
        if now - self.since >= _SECOND:
            self.since, self.written = now, 0
        self.written += 1
        self.words, self.latest, self.held, self.held_back = message.words, now, 0, None


class SparingHandler(logging.StreamHandler[TextIO]):
    """Writes the first message of each place. Messages that follow at once are counted by the next one that is due.

    Messages that are held back are counted with the next message of any place, once they are due, or at the end.
    Messages for debugging are all written.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock, self._looked = clock, clock()
        self._places: dict[tuple[str, int], _Place] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message, or count it."""
        if record.levelno <= logging.DEBUG:
            super().emit(record)
            return
        try:
            message = _message(record)
        except Exception:  # noqa: BLE001  as every handler does with a message that doesn't fit its values
            self.handleError(record)
            return
        now = self._clock()
        self._say(message, now)
        if now - self._looked >= _SECOND:
            self._looked = now
            self._write_held(now)

    def close(self) -> None:
        """Write what was held back, and end."""
        self._write_held(math.inf)
        super().close()

    def _say(self, message: _Message, now: float) -> None:
        place = self._places.setdefault((message.record.pathname, message.record.lineno), _Place())
        if place.may_say(message, now):
            super().emit(_and_more(message.record, place.held))
            place.says(message, now)
        else:
            place.held += 1
            place.held_back = _Message(words=message.words, record=_alone(message.record))

    def _write_held(self, now: float) -> None:
        for place in list(self._places.values()):
            if place.held_back and place.may_say(place.held_back, now):
                super().emit(_and_more(place.held_back.record, place.held - 1))
                place.says(place.held_back, now)


def _message(record: logging.LogRecord) -> _Message:
    said = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    return _Message(words=(f"{said}: {error!r}" if error else said)[:LOG_MESSAGE_BYTES], record=record)


def _and_more(record: logging.LogRecord, number: int) -> logging.LogRecord:
    """Return the message with the number of messages that it stands for."""
    if not number:
        return record
    counted = copy.copy(record)
    # Cut before, so that what a formatter cuts off is not the number.
    counted.msg, counted.args = (
        f"{cut_in_bytes(escaped(record.getMessage()), LOG_MESSAGE_BYTES)} (and {number} more)",
        None,
    )
    return counted


def _alone(record: logging.LogRecord) -> logging.LogRecord:
    """Return the message without its arguments and traceback, so that these aren't kept in memory."""
    alone = copy.copy(record)
    alone.msg, alone.args, alone.exc_info = record.getMessage()[:LOG_MESSAGE_BYTES], None, None
    return alone
