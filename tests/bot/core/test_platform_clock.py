"""A platform's time: corrected by what its answers say, as soon as they differ by much."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.core.platform_clock import PlatformClock
from bot.core.replies import Entry, Reply, Timestamp
from tests.support.builders import MOMENT, MovableClock

FAR = 1000.0


@pytest.fixture
def own() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(own: MovableClock) -> PlatformClock:
    return PlatformClock(own, "Discord")


def date(seconds: float) -> str:
    return format_datetime((MOMENT + timedelta(seconds=seconds)).astimezone(UTC), usegmt=True)


@pytest.mark.parametrize("seconds", [0, 1, -1, 5, -5])
def test_a_small_difference_does_not_count(clock: PlatformClock, seconds: float) -> None:
    clock.told(date(seconds))
    assert clock.now() == MOMENT


@pytest.mark.parametrize("seconds", [6, -6, 90_000, -90_000])
def test_a_large_difference_is_corrected(clock: PlatformClock, own: MovableClock, seconds: float) -> None:
    clock.told(date(seconds))
    assert clock.now() == MOMENT + timedelta(seconds=seconds)
    own.moment = MOMENT + timedelta(seconds=seconds)  # somebody sets it
    clock.told(date(seconds))
    assert clock.now() == own.now()


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_is_set_while_nothing_is_heard_changes_nothing(
    clock: PlatformClock, own: MovableClock, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    clock.told(date(0))
    own.set(seconds)
    assert clock.now() == MOMENT
    own.move(60)
    assert clock.now() == MOMENT + timedelta(seconds=60)
    for _ in range(2):
        clock.told(date(60))
    wrong = "ahead of" if seconds > 0 else "behind"
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"this machine's clock is 3600 s {wrong} Discord's: set it, for example by NTP"]
    own.set(-seconds)
    assert clock.offset == timedelta()


def test_what_is_measured_with_a_doubt_changes_nothing(clock: PlatformClock) -> None:
    clock.told(date(FAR))
    for doubt in (1, -1):
        clock.told(date(FAR + doubt))
    assert clock.offset == timedelta(seconds=FAR)


@pytest.mark.parametrize("odd", ["", "yesterday", "Fri, 27 Nov 2026 12:00:00", "Fri, 99 Nov 2026 12:00:00 GMT"])
def test_what_is_no_date_changes_nothing(clock: PlatformClock, odd: str) -> None:
    clock.told(odd)
    assert clock.now() == MOMENT


def test_what_has_happened_is_not_in_the_future(clock: PlatformClock) -> None:
    clock.happened(MOMENT - timedelta(seconds=FAR))  # it may have been told late
    assert clock.now() == MOMENT
    clock.happened(MOMENT + timedelta(seconds=FAR))
    assert clock.now() == MOMENT + timedelta(seconds=FAR)


def test_times_are_shown_as_they_are_by_the_platforms_clock(clock: PlatformClock) -> None:
    reply = Reply(lines=((Timestamp(MOMENT),),), entries=(Entry(lines=(("then ", Timestamp(MOMENT)),)),))
    assert clock.shown(reply) is reply
    clock.told(date(-FAR))
    right = Timestamp(datetime.fromtimestamp(MOMENT.timestamp() - FAR, UTC))
    assert clock.shown(reply) == Reply(lines=((right,),), entries=(Entry(lines=(("then ", right),)),))
