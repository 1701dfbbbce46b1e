"""A platform's time: the machine's clock, corrected by what the platform's answers say. A host's clock may be wrong."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.core.clock import Clock
from bot.core.replies import Entry, Line, Reply, Timestamp

logger = logging.getLogger(__name__)

# A date in a header has whole seconds, and an answer takes a while. What is said twice may differ by this.
_UNSURE = timedelta(seconds=2)
_HALF_A_SECOND = timedelta(seconds=0.5)
SMALL = timedelta(seconds=5)


class PlatformClock:
    """Implements `bot.core.clock.Clock`. It is the machine's until the platform says something that differs by much."""

    def __init__(self, own: Clock, platform: str) -> None:
        self._own, self._platform = own, platform
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the platform's time now."""
        return self._own.now() + self.offset

    def steady(self) -> float:
        """Return the seconds since some moment, whatever the machine's clock is set to."""
        return self._own.steady()

    @property
    def offset(self) -> timedelta:
        """How far the platform's clock is ahead of the machine's, to the second."""
        return self._offset if abs(self._offset) > SMALL else timedelta()

    def told(self, date: str) -> None:
        """Take note of the date of an answer of the platform's."""
        try:
            theirs = parsedate_to_datetime(date)
            self._set(theirs + _HALF_A_SECOND - self._own.now())
        except (ValueError, TypeError):  # no date, or none with a time zone
            return

    def happened(self, moment: datetime) -> None:
        """Take note of something that has happened by the platform's clock: its time is not before this."""
        ahead = moment - self._own.now()
        if ahead > self._offset:
            self._set(ahead)

    def shown(self, reply: Reply) -> Reply:
        """Return the reply as people are to see it, whose clocks are right: its times are the machine's."""
        if not self.offset:
            return reply
        entries = tuple(replace(entry, lines=self._lines(entry)) for entry in reply.entries)
        return replace(reply, lines=self._lines(reply), entries=entries)

    def _lines(self, of: Reply | Entry) -> tuple[Line, ...]:
        return tuple(
            tuple(replace(span, at=span.at + self.offset) if isinstance(span, Timestamp) else span for span in line)
            for line in of.lines
        )

    def _set(self, offset: timedelta) -> None:
        if abs(offset - self._offset) <= _UNSURE:
            return
        before, self._offset = self.offset, timedelta(seconds=round(offset.total_seconds()))
        if self.offset and self.offset != before:
            logger.warning(
                "this machine's clock is %s %s's: set it, for example by NTP", difference(self.offset), self._platform
            )


def difference(offset: timedelta) -> str:
    """Return how a machine's clock differs from another, in words, for the log."""
    seconds = round(offset.total_seconds())
    return f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'}"
