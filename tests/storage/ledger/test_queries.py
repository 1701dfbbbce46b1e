"""Queries about users' jobs: usage, history, counts."""

import pytest

from bot.core.model import Status, Usage
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import accepted, brought_to
from tests.support.builders import MOMENT, MovableClock, day_of, new_job, new_limits


@pytest.mark.parametrize(
    ("status", "used", "reserved", "doubt"),
    [
        (Status.QUEUED, 0, 3, 0),
        (Status.GENERATING, 0, 3, 0),
        (Status.DELIVERING, 2, 0, 0),
        (Status.DELIVERED, 2, 0, 0),
        (Status.UNDELIVERED, 2, 0, 0),
        (Status.CANCELLED, 0, 0, 0),
        (Status.STOPPED, 3, 0, 0),
        (Status.FAILED, 0, 0, 0),
        (Status.UNKNOWN, 0, 0, 3),
    ],
)
async def test_usage_follows_from_the_status_alone(
    jobs: SqlJobRepository, status: Status, used: int, reserved: int, doubt: int
) -> None:
    await brought_to(jobs, status, new_job(n=3), images=2)
    await accepted(jobs, new_job("test:grace"))
    assert await jobs.usage("test:ada", day_of(MOMENT)) == Usage(used=used, reserved=reserved, doubt=doubt)


async def test_usage_sums_over_jobs(jobs: SqlJobRepository) -> None:
    await brought_to(jobs, Status.DELIVERED, new_job(n=2), images=2)
    await brought_to(jobs, Status.GENERATING, new_job(n=4))
    await accepted(jobs)
    assert await jobs.usage("test:ada", day_of(MOMENT)) == Usage(used=2, reserved=5)


async def test_a_window_has_its_start_and_lacks_its_end(jobs: SqlJobRepository, clock: MovableClock) -> None:
    today = day_of(MOMENT)
    for moment in (today.start, today.end):
        clock.moment = moment
        await accepted(jobs, limits=new_limits(moment=moment))
    assert await jobs.usage("test:ada", today) == Usage(used=0, reserved=1)


async def test_nobody_has_used_nothing(jobs: SqlJobRepository) -> None:
    assert await jobs.usage("test:nobody", day_of(MOMENT)) == Usage(used=0, reserved=0)


async def test_history_pages_there_and_back(jobs: SqlJobRepository, clock: MovableClock) -> None:
    made = []
    for _ in range(7):
        made.append((await accepted(jobs)).id)
        clock.move(1)
    newest_first = made[::-1]

    first = await jobs.history("test:ada", size=3)
    second = await jobs.history("test:ada", size=3, cursor=first.older)
    third = await jobs.history("test:ada", size=3, cursor=second.older)
    pages = [[job.id for job in page.jobs] for page in (first, second, third)]
    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    assert (first.newer, third.older) == (None, None)

    assert await jobs.history("test:ada", size=3, cursor=third.newer) == second
    assert await jobs.history("test:ada", size=3, cursor=second.newer) == first


async def test_jobs_of_one_moment_are_paged_without_gap_or_repetition(jobs: SqlJobRepository) -> None:
    made = [(await accepted(jobs)).id for _ in range(4)]
    first = await jobs.history("test:ada", size=2)
    second = await jobs.history("test:ada", size=2, cursor=first.older)
    assert [job.id for job in (*first.jobs, *second.jobs)] == made[::-1]


async def test_history_has_every_status_but_cancelled(jobs: SqlJobRepository, clock: MovableClock) -> None:
    unowned = [Status.STOPPED, Status.CANCELLED, Status.QUEUED]  # last, or another's claim would take them
    known = set(Status) - {Status.UNCLEAR}
    for status in [status for status in Status if status in known.difference(unowned)] + unowned:
        await brought_to(jobs, status)
        clock.move(1)
    page = await jobs.history("test:ada", size=20)
    assert len(page.jobs) == len(known) - 1
    assert {job.status for job in page.jobs} == known - {Status.CANCELLED}


async def test_history_shows_only_ones_own_jobs(jobs: SqlJobRepository) -> None:
    others = await accepted(jobs, new_job("test:grace"))
    own = await accepted(jobs)
    page = await jobs.history("test:ada", size=5, cursor=f"n{others.id}")
    assert [job.id for job in page.jobs] == [own.id]
    assert page.newer is page.older is None


async def test_an_empty_history_is_an_empty_page(jobs: SqlJobRepository) -> None:
    page = await jobs.history("test:nobody", size=5)
    assert (page.jobs, page.older, page.newer) == ((), None, None)


@pytest.mark.parametrize("cursor", ["", "o", "onothing", "?", "n\0"])
async def test_a_cursor_that_leads_nowhere_gives_the_first_page(jobs: SqlJobRepository, cursor: str) -> None:
    job = await accepted(jobs)
    assert [shown.id for shown in (await jobs.history("test:ada", size=5, cursor=cursor)).jobs] == [job.id]


async def test_a_cursor_fits_a_button(jobs: SqlJobRepository) -> None:
    for _ in range(2):
        await accepted(jobs)
    cursor = (await jobs.history("test:ada", size=1)).older
    assert cursor is not None
    assert len(cursor) <= 60


async def test_counts_have_every_status(jobs: SqlJobRepository) -> None:
    for status in (Status.QUEUED, Status.DELIVERED, Status.DELIVERED):
        await brought_to(jobs, status)
    counts = await jobs.counts()
    assert set(counts) == set(Status)
    assert {status: count for status, count in counts.items() if count} == {Status.QUEUED: 1, Status.DELIVERED: 2}
