"""How often sessions begin, by a clock of the tests' own."""

from itertools import pairwise

import pytest

from adapters.discord.pace import Pace, Timings
from adapters.discord.session_limit import FEW, SessionLimit

A_DAY = 86_400.0
# https://docs.discord.com/developers/events/gateway#identifying
SESSIONS_A_DAY, SECONDS_BETWEEN = 1000, 5.0


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def begun(lasting: float, until: float) -> list[float]:
    """Begin a session as soon as it may be, each time after the one before lasted for so long; return when."""
    time, timings = Time(), Timings()
    pace = Pace(timings.session, timings.longest_session, timings.settled, time)
    moments = []
    while time.now < 1000.0 + until:
        time.now += pace.left()
        pace.begins()
        moments.append(time.now)
        time.now += lasting
    return moments


@pytest.mark.parametrize("lasting", [0.0, 0.3, 5.0, 30.0, 59.0, 119.0, 121.0])
def test_sessions_that_do_not_last_use_up_no_day(lasting: float) -> None:
    moments = begun(lasting, A_DAY)
    assert len(moments) < SESSIONS_A_DAY
    assert all(later - earlier >= SECONDS_BETWEEN for earlier, later in pairwise(moments))


def test_the_pauses_double() -> None:
    moments = begun(0.3, 600)
    assert [later - earlier for earlier, later in pairwise(moments)][:7] == [5, 10, 20, 40, 80, 120, 120]


def test_a_process_that_ends_at_once_uses_up_no_day() -> None:
    timings, left, now = Timings(), SESSIONS_A_DAY, 0.0
    while left > FEW:
        limit = SessionLimit(total=SESSIONS_A_DAY, left=left, seconds=A_DAY - now, shards=1)
        wait = Pace(timings.session, timings.longest_session, timings.settled).left(limit.pause)
        now, left = now + wait + 5.0, left - 1
    assert now > A_DAY - SECONDS_BETWEEN


def test_a_longer_pause_takes_the_place_of_a_shorter_one() -> None:
    time = Time()
    pace = Pace(5.0, 120.0, 600.0, time)
    assert [pace.left(), pace.left(60.0)] == [0.0, 60.0]
    pace.begins()
    time.now += 1.0
    assert [pace.left(), pace.left(60.0)] == [4.0, 59.0]


def test_what_lasted_begins_with_the_shortest_pause_again() -> None:
    time, timings = Time(), Timings()
    pace = Pace(timings.session, timings.longest_session, timings.settled, time)
    for _ in range(8):
        time.now += pace.left()
        pace.begins()
    assert pace.left() == timings.longest_session
    time.now += timings.settled
    assert pace.left() == 0
    pace.begins()
    assert pace.left() == timings.session
