"""Doubt: as many images of unknown outcome as the quota are free in a period, and the rest counts."""

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Fault, Status, Usage
from bot.core.refusals import QuotaExceeded
from bot.core.rules import doubt, lifecycle
from bot.core.rules.admission import admit
from tests.bot.core.rules.test_admission import FREE, LIMITS
from tests.support.shares import counted, in_doubt

NUMBERS = st.integers(0, 30)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_quotas_worth_is_free_and_each_one_more_counts(images: int, more: int, quota: int) -> None:
    assert doubt.counted(min(images, quota), quota) == 0
    assert doubt.counted(quota + more, quota) == more
    assert 0 <= doubt.counted(images + more, quota) - doubt.counted(images, quota) <= more


@given(st.lists(NUMBERS), NUMBERS)
def test_what_is_told_of_each_job_adds_up_to_what_counts(owns: list[int], quota: int) -> None:
    earlier = accumulate(owns, initial=0)
    told = [doubt.counted_of(own, earlier=before, quota=quota) for own, before in zip(owns, earlier, strict=False)]
    assert all(0 <= each <= own for each, own in zip(told, owns, strict=True))
    assert sum(told) == doubt.counted(sum(owns), quota)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_usage_is_settled_once(used: int, reserved: int, images: int, quota: int) -> None:
    settled = doubt.settled(Usage(used=used, reserved=reserved, doubt=images), quota)
    assert settled == Usage(used=used + settled.doubt, reserved=reserved, doubt=doubt.counted(images, quota))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(1, 10))
def test_nobody_has_more_than_two_quotas_of_which_one_is_in_doubt(
    used: int, reserved: int, images: int, quota: int, asked: int
) -> None:
    situation = FREE._replace(
        asked=asked, used=used, reserved=reserved, doubt=images, limits=replace(LIMITS, quota=quota)
    )
    counts = doubt.counted(images, quota)
    if used + reserved + asked + counts <= quota:
        admit(situation)
        assert used + reserved + asked + images <= 2 * quota
    else:
        with pytest.raises(QuotaExceeded) as refused:
            admit(situation)
        assert (refused.value.used, refused.value.doubt) == (used + counts, counts)


@given(st.sampled_from(Status), st.none() | st.sampled_from(Fault), NUMBERS, NUMBERS, st.none() | NUMBERS)
def test_doubt_is_beside_what_counts_anyway(
    status: Status, fault: Fault | None, made: int, more: int, unsure: int | None
) -> None:
    sent = None if unsure is None else made + unsure % (more + 1)
    left = counted(in_doubt(status, fault), asked=made + more, made=made, sent=sent)
    used = counted(lifecycle.USED[status], asked=made + more, made=made, sent=sent)
    assert used + left <= made + more
    if left:
        assert status.ended or status is Status.DELIVERING
        assert status is Status.UNKNOWN or (fault and fault.uncertain)


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.uncertain])
def test_a_definite_end_leaves_no_doubt(fault: Fault) -> None:
    counts = {"asked": 3, "made": 1, "sent": 2}
    assert not any(counted(in_doubt(status, fault), **counts) for status in Status if status is not Status.UNKNOWN)
