"""When failures of the gateway are an outage, and how often it is tried then."""

from datetime import timedelta

import pytest

from bot.core.model import Fault
from bot.core.queue import Outage
from bot.core.rules.outage import GIVEN_UP_AFTER, after_failure, is_on, pause, room
from tests.support.builders import MOMENT

SECOND = timedelta(seconds=1)


def failures(count: int, fault: Fault = Fault.BUSY) -> Outage:
    outage = None
    for number in range(count):
        outage = after_failure(outage, fault, sent=None, now=MOMENT + number * SECOND)
    assert outage
    return outage


def test_three_failures_in_a_row_are_an_outage() -> None:
    assert [is_on(failures(count)) for count in range(1, 5)] == [False, False, True, True]
    assert not is_on(None)
    assert failures(4).since == MOMENT


def test_pauses_grow_to_four_times_the_first() -> None:
    assert [pause(failures(count), 15 * SECOND) / SECOND for count in range(3, 8)] == [15, 30, 60, 60, 60]


def test_what_was_sent_before_the_outage_was_noticed_makes_no_pause_longer() -> None:
    noticed = Outage(failures=3, since=MOMENT, fault=Fault.BUSY, until=MOMENT + 15 * SECOND)
    late = MOMENT + 40 * SECOND
    assert after_failure(noticed, Fault.GATEWAY, sent=MOMENT, now=late) == noticed
    tried = after_failure(noticed, Fault.GATEWAY, sent=MOMENT + 15 * SECOND, now=late)
    assert (tried.failures, tried.fault) == (4, Fault.GATEWAY)


@pytest.mark.parametrize("count", [2, 3])
def test_failures_of_long_ago_are_forgotten(count: int) -> None:
    long_ago = failures(count)
    now = MOMENT + GIVEN_UP_AFTER + count * SECOND
    assert after_failure(long_ago, Fault.BUSY, sent=None, now=now) == Outage(failures=1, since=now, fault=Fault.BUSY)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.uncertain])
def test_of_what_was_never_sent_nothing_is_uncertain(fault: Fault) -> None:
    assert failures(3, fault).fault is Fault.GATEWAY


def test_in_an_outage_one_job_at_a_time_tries() -> None:
    assert room(failures(2), taken=7, tries=7, max_running=8)
    assert room(failures(3), taken=7, tries=0, max_running=8)
    assert not room(failures(3), taken=7, tries=1, max_running=8)
    assert not room(None, taken=8, tries=0, max_running=8)
