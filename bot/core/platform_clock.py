"""A platform's time: the machine's clock, corrected by what the platform's answers say. A host's clock may be wrong."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.replies import Entry, Line, Reply, Timestamp
from bot.core.retry_after import http_date

logger = logging.getLogger(__name__)

# A date in a header has whole seconds, and an answer takes a while. Two dates of the same moment may differ by this.
_UNSURE = timedelta(seconds=2)
_HALF_A_SECOND = timedelta(seconds=0.5)
SMALL = timedelta(seconds=5)


class PlatformClock:
    """Implements `bot.core.clock.Clock`. It is the machine's until the platform says something that differs by much.

    What the platform says is kept by a clock that nobody sets, since the machine's may be set before it says more.
    """

    def __init__(self, own: Clock, platform: str) -> None:
        self._own, self._platform = own, platform
        self._began: datetime | None = None
        """The platform's time when the steady clock was at zero, if it is known."""
        self._said = timedelta()

    def now(self) -> datetime:
        """Return the platform's time now."""
        return self._own.now() + self.offset

    def steady(self) -> float:
        """Return the seconds since some moment, even if the machine's clock is set."""
        return self._own.steady()

    @property
    def offset(self) -> timedelta:
        """How far the platform's clock is ahead of the machine's, to the second."""
        offset = timedelta(seconds=round((self._theirs() - self._own.now()).total_seconds()))
        return offset if abs(offset) > SMALL else timedelta()

    def told(self, date: str) -> None:
        """Take note of the date of an answer of the platform's."""
        if moment := http_date(date):
            self._set(moment + _HALF_A_SECOND)

    def happened(self, moment: datetime) -> None:
        """Take note of something that has happened by the platform's clock: its time is not before this."""
        if moment > self._theirs():
            self._set(moment)

    def shown(self, reply: Reply) -> Reply:
        """Return the reply with its times moved from the machine's clock to the platform's, which people go by."""
        if not self.offset:
            return reply
        entries = tuple(replace(entry, lines=self._lines(entry)) for entry in reply.entries)
        return replace(reply, lines=self._lines(reply), entries=entries)

    def _lines(self, of: Reply | Entry) -> tuple[Line, ...]:
        return tuple(
            tuple(
                replace(span, at=span.at + self.offset, written="") if isinstance(span, Timestamp) else span
                for span in line
            )
            for line in of.lines
        )

    def _theirs(self) -> datetime:
        return self._own.now() if self._began is None else self._began + timedelta(seconds=self._own.steady())

    def _set(self, theirs: datetime) -> None:
        if abs(theirs - self._theirs()) > _UNSURE or self._began is None:
            self._began = theirs - timedelta(seconds=self._own.steady())
        if abs(self.offset - self._said) > _UNSURE:
            self._said = self.offset
            if self._said:
                words = difference(self._said)
                logger.warning("this machine's clock is %s %s's: set it, for example by NTP", words, self._platform)


def difference(offset: timedelta) -> str:
    """Return how a machine's clock differs from another, in words, for the log."""
    seconds = round(offset.total_seconds())
    return f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'}"
