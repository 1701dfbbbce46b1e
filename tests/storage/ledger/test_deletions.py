"""Deleting a job: nobody finds it from then on, what counts stays, and a worker deletes the rest."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import LeaseLost
from bot.core.image import Note
from bot.core.model import Status
from bot.core.refusals import JobNotFound
from bot.core.rules import lifecycle
from storage import Storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import accepted, brought_to, claimed
from tests.support.builders import MOMENT, MovableClock, day_of, new_address, new_image, new_job
from tests.support.totals import wrong

DAY = day_of(MOMENT)
HERE = new_address("another-token")


async def test_in_any_status_it_ends_counts_as_before_and_is_found_no_more(
    storage: Storage, jobs: SqlJobRepository, clock: MovableClock
) -> None:
    for status in (status for status in Status if status is not Status.UNCLEAR):
        user = f"test:{status}"
        job = await brought_to(jobs, status, new_job(user))
        before = await jobs.usage(user, DAY)
        deleted = await jobs.delete(job.id, "test:grace", HERE)
        assert (deleted.deleted_at, deleted.deleted_by) == (clock.now(), "test:grace")
        assert (deleted.status.ended, deleted.ended_at is None, deleted.origin.address) == (True, False, HERE)
        assert (deleted.request.prompt, deleted.revised_prompt, deleted.images) == ("", "", ())
        if status.ended or status is Status.DELIVERING:
            assert await jobs.usage(user, DAY) == before
            assert lifecycle.BILLED[deleted.status] is lifecycle.BILLED[status]
        assert await jobs.get(job.id) is None
        assert (await jobs.history(user, size=4)).jobs == ()
        assert await jobs.deleted([job.id, "another"]) == [job.id]
        with pytest.raises(JobNotFound):
            await jobs.cancel(job.id)
        assert not await jobs.reopen(job.id, new_address())
        await jobs.mark_notified(await claimed(jobs), HERE)
    assert await storage.database.read(lambda connection: list(wrong(connection))) == []


async def test_what_was_sent_counts_and_what_waited_does_not(jobs: SqlJobRepository) -> None:
    drawing, waiting = await brought_to(jobs, Status.GENERATING), await accepted(jobs)
    assert (await jobs.delete(waiting.id, "test:ada", HERE)).status is Status.CANCELLED
    assert (await jobs.delete(drawing.id, "test:ada", HERE)).status is Status.STOPPED
    assert (await jobs.usage("test:ada", DAY)).used == 1


async def test_a_worker_gets_it_once_the_one_that_had_it_loses_it_and_nothing_comes_back(
    jobs: SqlJobRepository,
) -> None:
    held = await brought_to(jobs, Status.GENERATING)
    await jobs.delete(held.id, "test:ada", HERE)
    with pytest.raises(LeaseLost):
        await jobs.add_images(held, [new_image(held.id)], Note(), complete=True)
    left = await claimed(jobs, "grace-worker")
    assert (left.id, left.deleted_by) == (held.id, "test:ada")
    gone = await jobs.mark_notified(left, left.origin.address)
    assert (gone.notified, dict(gone.origin.address.tokens)) == (True, {})
    assert await jobs.claim("grace-worker", max_running=8) is None


async def test_a_job_of_which_images_were_made_before_it_waited_again_counts_these(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING, new_job(n=2))
    job = await jobs.add_images(job, [new_image(job.id)], Note())
    await jobs.defer(job, MOMENT + timedelta(minutes=1))
    assert (await jobs.delete(job.id, "test:ada", HERE)).status is Status.UNDELIVERED
    assert (await jobs.usage("test:ada", DAY)).used == 1


async def test_of_two_at_once_one_deletes_it(opening: OpenStorage) -> None:
    async with opening() as one, opening() as another:
        job = await brought_to(one.jobs, Status.DELIVERED)
        both = (each.jobs.delete(job.id, f"test:{name}", HERE) for each, name in ((one, "ada"), (another, "grace")))
        said = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(each).__name__ for each in said) == ["Job", "JobNotFound"]


async def test_pages_go_on_where_a_deleted_job_was(jobs: SqlJobRepository) -> None:
    made = [await brought_to(jobs, Status.DELIVERED) for _ in range(3)]
    first = await jobs.history("test:ada", size=1)
    await jobs.delete(made[2].id, "test:ada", HERE)
    await jobs.delete(made[1].id, "test:ada", HERE)
    second = await jobs.history("test:ada", size=1, cursor=first.older)
    assert [job.id for job in second.jobs] == [made[0].id]
    assert second.newer is None


async def test_a_message_that_is_deleted_alone_loses_its_link(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERED)
    await jobs.unlink(job.id)
    kept = await jobs.get(job.id)
    assert kept
    assert (kept.origin.address.link, len(kept.images)) == ("", 1)
