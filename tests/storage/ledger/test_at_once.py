"""A job that doesn't have to wait begins in the commit that confirms it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import LeaseLost
from bot.core.image import Note
from bot.core.model import Fault, Job, Status
from bot.core.queue import Claimed
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import accepted, brought_to, claimed, held
from tests.support.builders import MovableClock, new_address, new_image, new_job, new_limits


async def begun(jobs: SqlJobRepository, job: Job, chosen: Job | None = None, *, max_running: int = 8) -> Claimed | None:
    shown = new_address("shown")
    return await jobs.begin("ada-worker", job, chosen or job, shown, max_running=max_running)


async def waits(jobs: SqlJobRepository, job: Job, *, max_running: int = 8) -> None:
    """Check that a job isn't begun, and is confirmed."""
    assert await begun(jobs, job, max_running=max_running) is None
    waiting = await jobs.get(job.id)
    assert waiting
    assert (waiting.status, waiting.owner, waiting.attempt) == (Status.QUEUED, None, 0)
    assert waiting.origin.address == new_address("shown")


async def test_a_job_begins_where_it_is_shown(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await held(jobs)
    found = await begun(jobs, job)
    assert found
    assert (found.job.status, found.job.owner, found.job.attempt) == (Status.GENERATING, "ada-worker", 1)
    assert (found.job.images_sent, found.job.started_at) == (1, clock.now())
    assert found.job.origin.address == new_address("shown")
    assert await jobs.get(job.id) == found.job


async def test_it_goes_on_as_any_job_that_was_claimed(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    found = await begun(jobs, job)
    assert found
    assert await jobs.claim("grace-worker", max_running=8) is None
    await jobs.renew("ada-worker", [job.id])
    await jobs.cancel(job.id)
    with pytest.raises(LeaseLost):
        await jobs.advance(found.job, Status.DELIVERING)


async def test_it_begins_with_the_request_that_was_chosen(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    chosen = replace(job, request=replace(job.request, model="dall-e-2", size="256x256"))
    found = await begun(jobs, job, chosen)
    assert found
    assert found.job.request == chosen.request


@pytest.mark.parametrize(("running", "sent"), [(0, 4), (5, 3), (7, 1)])
async def test_as_many_requests_are_counted_as_there_are_places(
    jobs: SqlJobRepository, running: int, sent: int
) -> None:
    for _ in range(running):
        await brought_to(jobs, Status.GENERATING, new_job())
    job = (await jobs.accept(new_job(n=10), new_limits(), hold=timedelta(seconds=30), max_running=8)).job
    found = await begun(jobs, job)
    assert found
    assert found.job.images_sent == sent


async def begun_next(jobs: SqlJobRepository, *, max_running: int = 8, model: str | None = None) -> Job:
    async def ready(job: Job) -> Job:
        return replace(job, request=replace(job.request, model=model or job.request.model))

    found = await jobs.claim("ada-worker", max_running=max_running, ready=ready)
    assert found
    assert found.job == await jobs.get(found.job.id)
    return found.job


async def test_a_job_that_waited_begins_in_the_commit_that_leases_it(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    waiting = await accepted(jobs)
    job = await begun_next(jobs, model="dall-e-2")
    assert (job.id, job.status, job.owner, job.attempt) == (waiting.id, Status.GENERATING, "ada-worker", 1)
    assert (job.images_sent, job.started_at, job.request.model) == (1, clock.now(), "dall-e-2")


@pytest.mark.parametrize(("others", "sent"), [(0, 4), (1, 4), (6, 2), (9, 1)])
async def test_one_that_waited_leaves_a_place_to_each_that_still_waits(
    jobs: SqlJobRepository, others: int, sent: int
) -> None:
    await accepted(jobs, new_job(n=10))
    for _ in range(others):
        await accepted(jobs)
    assert (await begun_next(jobs)).images_sent == sent


async def test_one_that_was_put_off_begins_with_the_images_that_it_has(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    job = await brought_to(jobs, Status.GENERATING, new_job(n=3))
    job = await jobs.add_images(job, [new_image(job.id)], Note())
    await jobs.defer(job, clock.now(), fault=Fault.BUSY)
    job = await begun_next(jobs)
    assert (job.attempt, job.images_sent, job.fault) == (2, 3, None)


async def test_one_is_only_leased_if_something_has_to_be_waited_for(jobs: SqlJobRepository) -> None:
    async def waits_for_something(job: Job) -> None:
        return None

    waiting = await accepted(jobs)
    found = await jobs.claim("ada-worker", max_running=8, ready=waits_for_something)
    assert found
    assert (found.job.id, found.job.status) == (waiting.id, Status.QUEUED)


async def test_another_is_claimed_if_it_was_cancelled_meanwhile(jobs: SqlJobRepository) -> None:
    waiting, second = await accepted(jobs), await accepted(jobs)

    async def is_cancelled(job: Job) -> Job:
        await jobs.cancel(job.id)
        await jobs.mark_notified(await claimed(jobs))
        return job

    found = await jobs.claim("ada-worker", max_running=8, ready=is_cancelled)
    assert found
    assert (found.job.id, found.job.status) == (second.id, Status.QUEUED)
    cancelled = await jobs.get(waiting.id)
    assert cancelled
    assert cancelled.status is Status.CANCELLED


async def test_none_begins_without_asking_once_the_gateway_is_paused(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    await accepted(jobs)

    async def is_paused(job: Job) -> Job:
        await jobs.pause(clock.now() + timedelta(seconds=30))
        return job

    assert await jobs.claim("ada-worker", max_running=8, ready=is_paused) is None


async def test_it_waits_without_a_place(jobs: SqlJobRepository) -> None:
    await brought_to(jobs, Status.GENERATING)
    job = await held(jobs)
    await waits(jobs, job, max_running=1)
    assert (await claimed(jobs)).id == job.id


async def test_it_waits_behind_another(jobs: SqlJobRepository) -> None:
    other = await accepted(jobs)
    job = await held(jobs)
    await waits(jobs, job)
    assert [(await claimed(jobs)).id for _ in range(2)] == [other.id, job.id]


async def test_it_does_not_wait_for_one_that_nobody_has_seen(jobs: SqlJobRepository) -> None:
    await held(jobs)
    assert await begun(jobs, await held(jobs))


@pytest.mark.parametrize("what", ["paused", "down", "outage", "cooling"])
async def test_it_waits_while_the_gateway_takes_nothing(jobs: SqlJobRepository, clock: MovableClock, what: str) -> None:
    job = await held(jobs)
    soon = clock.now() + timedelta(seconds=20)
    match what:
        case "paused":
            await jobs.pause(soon)
        case "down":
            await jobs.set_gateway_down(Fault.BALANCE)
        case "outage":
            for _ in range(3):
                await jobs.failed(Fault.BUSY, sent=None, first_pause=timedelta(0))
        case _:
            await jobs.cool_down(job.request.model, soon)
    await waits(jobs, job)


async def test_a_job_begins_where_it_was_asked_for_if_nobody_knows_where_it_is_shown(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    claimed = await jobs.begin("ada-worker", job, job, None, max_running=8)
    assert claimed
    assert claimed.job.origin == job.origin


async def test_a_cancelled_job_is_not_begun_and_shows_its_end_where_it_was_shown(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    await jobs.cancel(job.id)
    assert await begun(jobs, job) is None
    end = await claimed(jobs)
    assert (end.status, end.origin.address) == (Status.CANCELLED, new_address("shown"))


async def test_what_a_worker_has_is_not_begun_again(jobs: SqlJobRepository) -> None:
    job = await accepted(jobs)
    taken = await claimed(jobs, "grace-worker")
    with pytest.raises(LeaseLost):
        await begun(jobs, job)
    assert await jobs.get(job.id) == taken


async def test_two_that_come_at_once_get_one_place(jobs: SqlJobRepository) -> None:
    both = [await held(jobs) for _ in range(2)]
    found = await asyncio.gather(*(begun(jobs, job, max_running=1) for job in both))
    assert sum(each is not None for each in found) == 1
    (first,) = (each.job for each in found if each)
    await jobs.add_images(first, [new_image(first.id, 0)], Note(), complete=True)
    assert (await claimed(jobs, max_running=1)).id in {job.id for job in both} - {first.id}
