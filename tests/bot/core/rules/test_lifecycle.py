"""The life of a job, for every status and fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import ForbiddenTransition
from bot.core.model import OPEN, Fault, Status
from bot.core.refusals import TooLate
from bot.core.rules import lifecycle
from bot.core.rules.lifecycle import Share
from tests.support.shares import billed, counted

STATUSES = st.sampled_from(Status)
FAULTS = st.none() | st.sampled_from(Fault)
COUNTS = st.integers(0, 10).flatmap(lambda asked: st.tuples(st.just(asked), st.integers(0, asked)))
SENT = COUNTS.flatmap(lambda counts: st.tuples(*map(st.just, counts), st.none() | st.integers(counts[1], counts[0])))


@given(STATUSES, STATUSES)
def test_an_ended_job_never_moves_again_and_none_becomes_unclear(before: Status, after: Status) -> None:
    if (before, after) == (Status.UNDELIVERED, Status.DELIVERED):  # shown at last: images and cost stay the same
        lifecycle.check(before, after)
    elif before.ended or after is Status.UNCLEAR or before is after:
        with pytest.raises(ForbiddenTransition):
            lifecycle.check(before, after)


def test_every_open_job_can_reach_an_end() -> None:
    for status in OPEN:
        assert any(following.ended for following in lifecycle.NEXT[status])


def test_a_job_that_was_sent_is_queued_again_but_one_with_images_is_not() -> None:
    lifecycle.check(Status.GENERATING, Status.QUEUED)
    with pytest.raises(ForbiddenTransition):
        lifecycle.check(Status.DELIVERING, Status.QUEUED)


@given(STATUSES, FAULTS, SENT)
def test_a_user_is_never_charged_for_more_than_the_budget_is(
    status: Status, fault: Fault | None, counts: tuple[int, int, int | None]
) -> None:
    asked, made, sent = counts
    used = counted(lifecycle.USED[status], asked=asked, made=made, sent=sent)
    reserved = counted(lifecycle.RESERVED[status], asked=asked, made=made, sent=sent)
    against_budget = counted(billed(status, fault), asked=asked, made=made, sent=sent)
    assert used + reserved <= against_budget <= asked
    assert used == 0 or reserved == 0


@given(st.sampled_from([status for status in Status if status.ended]), FAULTS, SENT)
def test_an_end_counts_no_image_that_was_never_sent(
    status: Status, fault: Fault | None, counts: tuple[int, int, int | None]
) -> None:
    asked, made, sent = counts
    if status is not Status.UNCLEAR and sent is not None:
        assert counted(billed(status, fault), asked=asked, made=made, sent=sent) <= sent
        assert counted(lifecycle.USED[status], asked=asked, made=made, sent=sent) <= sent


@given(STATUSES, FAULTS)
def test_what_may_have_been_billed_counts_as_far_as_it_was_sent(status: Status, fault: Fault | None) -> None:
    if fault and fault.billed and status is not Status.CANCELLED:
        open_ = status in {Status.QUEUED, Status.GENERATING, Status.UNCLEAR}
        assert billed(status, fault) is (Share.ASKED if open_ else Share.SENT)


def test_every_fault_that_leaves_doubt_may_have_been_billed_and_an_empty_answer_and_a_fee_are() -> None:
    assert {fault for fault in Fault if fault.billed and not fault.uncertain} == {Fault.EMPTY, Fault.VIOLATION_FEE}
    assert not [fault for fault in Fault if fault.unprocessed and fault.billed]


@given(st.lists(st.sampled_from(Fault), min_size=1))
def test_of_several_faults_a_job_ends_with_the_one_that_leaves_the_most_in_doubt(faults: list[Fault]) -> None:
    gravest = lifecycle.gravest(faults)
    assert gravest in faults
    assert gravest.uncertain == any(fault.uncertain for fault in faults)
    assert gravest.billed == any(fault.billed for fault in faults)
    assert gravest.unprocessed == all(fault.unprocessed for fault in faults)


@given(STATUSES, FAULTS, COUNTS)
def test_a_death_never_sends_a_request_again(status: Status, fault: Fault | None, counts: tuple[int, int]) -> None:
    asked, made = counts
    after, why = lifecycle.after_death(status, fault, asked=asked, made=made)
    if status is not Status.GENERATING:
        assert (after, why) == (status, fault)
        return
    lifecycle.check(status, after)
    assert after is (Status.DELIVERING if made else Status.UNKNOWN)
    assert why is (Fault.CRASHED if made < asked or not made else fault)


@given(STATUSES, st.integers(0, 10))
def test_a_job_is_cancelled_only_while_no_image_is_paid_for(status: Status, made: int) -> None:
    if status not in {Status.QUEUED, Status.GENERATING}:
        with pytest.raises(TooLate):
            lifecycle.after_cancel(status, made=made)
        return
    after = lifecycle.after_cancel(status, made=made)
    lifecycle.check(status, after)
    assert (after is Status.CANCELLED) == (status is Status.QUEUED and made == 0)


@given(st.sampled_from(Fault), st.integers(0, 10))
def test_a_fault_ends_generation_without_losing_an_image(fault: Fault, made: int) -> None:
    after = lifecycle.after_fault(fault, made=made)
    lifecycle.check(Status.GENERATING, after)
    if made:
        assert after is Status.DELIVERING
    else:
        assert (after is Status.UNKNOWN) == fault.uncertain


@given(st.sampled_from(sorted(OPEN)), FAULTS, COUNTS)
def test_an_old_copy_and_a_long_absence_send_nothing_again(
    status: Status, fault: Fault | None, counts: tuple[int, int]
) -> None:
    asked, made = counts
    ends = [lifecycle.after_restore(status, fault, asked=asked, made=made)]
    if status is Status.QUEUED:
        ends.append(lifecycle.after_absence(asked=asked, made=made))
    for ended, why in ends:
        assert ended not in {Status.QUEUED, Status.GENERATING}
        assert (ended is Status.DELIVERING) == (made > 0 or status is Status.DELIVERING)
        assert ended is status or ended in lifecycle.NEXT[status]
        assert ended is Status.DELIVERING or why in {Fault.RESTORED, Fault.ABSENCE}


@given(STATUSES, FAULTS)
def test_a_job_that_is_given_up_ends_unknown_unless_it_had_ended(status: Status, fault: Fault | None) -> None:
    after, why = lifecycle.after_giving_up(status, fault)
    assert after.ended
    assert (after, why) == ((status, fault) if status.ended else (Status.UNKNOWN, Fault.UNCLEAR))


@given(STATUSES, COUNTS)
def test_a_deleted_job_ends_and_counts_what_was_made_or_sent(status: Status, counts: tuple[int, int]) -> None:
    asked, made = counts
    after = lifecycle.after_delete(status, made=made)
    assert after.ended
    if after is status:
        assert status.ended
        return
    lifecycle.check(status, after)
    used = counted(lifecycle.USED[after], asked=asked, made=made, sent=None)
    assert used == (asked if status is Status.GENERATING else made)
    assert used == counted(lifecycle.BILLED[after], asked=asked, made=made, sent=None)
