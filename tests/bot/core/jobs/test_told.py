"""Facts of a job that people read and that aren't stored: how long its images took, where that is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.jobs.told import seconds
from bot.core.language import speak
from bot.core.model import Job, Status
from tests.support.builders import MOMENT, job_from, new_job

BEGAN, NEVER = MOMENT, datetime(1970, 1, 1, tzinfo=UTC)
DRAWN = replace(job_from(new_job(), Status.DELIVERING), started_at=BEGAN, not_before=NEVER)


def later(number: float) -> datetime:
    return BEGAN + timedelta(seconds=number)


@pytest.mark.parametrize(
    ("job", "known"),
    [
        (DRAWN, 30),
        (replace(DRAWN, ended_at=later(21)), 21),
        (replace(DRAWN, ended_at=later(21), not_before=later(25)), 21),
        (replace(DRAWN, not_before=later(20)), None),
        (replace(DRAWN, ended_at=later(21), not_before=later(20)), None),
        (replace(DRAWN, started_at=None), None),
        (replace(DRAWN, ended_at=later(-5)), None),
    ],
    ids=["just made", "shown", "shown again", "put off", "shown late", "never begun", "the clock was set back"],
)
def test_how_long_the_images_took(job: Job, known: float | None) -> None:
    assert seconds(job, later(30)) == known


@pytest.mark.parametrize(("usd", "shown"), [(0.04, "$0.04"), (0.4, "$0.40"), (0.00153, "$0.0015"), (12.34, "$12.00")])
def test_money_has_two_digits_that_say_something(usd: float, shown: str) -> None:
    assert speak("en").dollars(usd) == shown
