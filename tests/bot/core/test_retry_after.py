"""The wait that an answer asks for is read in one place for every service, and an odd value asks for nothing."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.core.retry_after import LONGEST, http_date, retry_after, seconds

NOON = "Fri, 27 Nov 2026 12:00:00 GMT"
SOON = "Fri, 27 Nov 2026 12:00:14 GMT"


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "600"}, LONGEST),
        ({"Retry-After": "601"}, None),
        ({"Retry-After": SOON, "Date": NOON}, 14.0),
        ({"Retry-After": "Friday, 27-Nov-26 12:00:14 GMT", "date": NOON}, 14.0),
        ({"Retry-After": NOON, "Date": SOON}, 0.0),
        ({"Retry-After": "Fri, 27 Nov 2026 14:00:00 GMT", "Date": NOON}, None),
        ({"Retry-After-Ms": "1500", "Retry-After": "2"}, 1.5),
        ({"Retry-After-Ms": "soon", "Retry-After": "2"}, 2.0),
        ({}, None),
    ],
)
def test_a_wait_is_a_number_or_a_date(headers: dict[str, str], asked: float | None) -> None:
    assert retry_after(headers) == asked


ODD = (
    *("", " ", "nan", "NaN", "inf", "-inf", "-1", "-0.1", "+1", "²", "٣", "1e3", "1_0", "0x10", "1,5", "3 s", "3\x00"),
    *("9" * 400, "soon", "Fri, 27 Nov 2026 12:00:14", f"Fri, 27 Nov {'9' * 20} 12:00:00 GMT", "\ud800", "é", "[75]"),
)


@pytest.mark.parametrize("odd", ODD)
def test_what_is_odd_asks_for_nothing(odd: str) -> None:
    assert retry_after({"Retry-After": odd, "Date": NOON}) is None
    assert retry_after({"Retry-After-Ms": odd}) is None


@pytest.mark.parametrize("odd", [True, None, -1, float("nan"), float("inf"), 10**400, [75], {}, b"75"])
def test_a_number_in_json_is_finite_and_not_negative(odd: object) -> None:
    assert seconds(odd) is None
    assert seconds(75) == seconds("75") == 75


def test_a_date_is_measured_by_this_machines_clock_if_the_answer_has_no_date() -> None:
    ahead = format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60), usegmt=True)
    asked = retry_after({"Retry-After": ahead, "Date": "odd"})
    assert asked is not None
    assert 0 <= asked <= 60


def test_a_caller_may_know_that_longer_waits_are_meant() -> None:
    assert retry_after({"Retry-After": "3600"}, longest=3600) == 3600


@given(some.text(), some.text())
def test_no_header_raises(given_: str, date: str) -> None:
    asked = retry_after({"Retry-After": given_, "Date": date})
    assert asked is None or 0 <= asked <= LONGEST
    http_date(given_)
