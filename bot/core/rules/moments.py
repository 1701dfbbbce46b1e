"""Moments: until when something waits. The machine's clock may be set, so no wait depends on it alone.

A moment further ahead than the longest wait was written before the clock was set back: that wait is over.
"""

from datetime import UTC, datetime, timedelta

from bot.core.model import Job, Status

LONGEST_IN_QUEUE = timedelta(minutes=3)
"""No job waits longer before it is tried again, and no pause of the gateway or rest of a model lasts longer."""
LONGEST_TO_SHOW = timedelta(hours=1)
"""No delivery is put off for longer."""
LONGEST_REFUSAL = timedelta(hours=1)
"""For how long, at most, it is remembered that the gateway refused a model as a whole."""
NEVER_PUT_OFF = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment of a job that waits for nothing."""
STEP = timedelta(seconds=5)
"""A smaller difference is not a clock that was set, but one that is corrected little by little."""


def longest_wait(status: Status) -> timedelta:
    """Return for how long a job in this status is put off at most: to be drawn, or to be shown."""
    return LONGEST_IN_QUEUE if status in {Status.QUEUED, Status.GENERATING} else LONGEST_TO_SHOW


def holds(until: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Return whether something still waits for a moment."""
    return until is not None and now < until <= now + longest


def is_held(job: Job, now: datetime) -> bool:
    """Return whether a job waits until its user sees the queued reply. One that was begun before was only put off."""
    never_begun = job.status is Status.QUEUED and job.attempt == 0
    return never_begun and holds(job.not_before, now, LONGEST_IN_QUEUE)


def left(until: datetime | None, now: datetime, longest: timedelta) -> timedelta:
    """Return for how long something still waits."""
    return until - now if until is not None and holds(until, now, longest) else timedelta()


def believed(until: datetime, now: datetime, longest: timedelta) -> datetime:
    """Return the moment to store; NEVER_PUT_OFF if it is so far ahead that the clock was set back since."""
    return until if until <= now + longest else NEVER_PUT_OFF


def later(one: datetime | None, other: datetime, now: datetime, longest: timedelta) -> datetime:
    """Return the later one of a moment that was stored before, if it still holds, and of another one."""
    other = believed(other, now, longest)
    return max(one, other) if one is not None and holds(one, now, longest) else other


def step(wall: timedelta, steady: timedelta) -> timedelta:
    """Return by how much the clock was set, if while `steady` passed it moved on by `wall`; zero if it wasn't."""
    return wall - steady if abs(wall - steady) > STEP else timedelta()
