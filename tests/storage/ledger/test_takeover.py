"""Work left by the dead: freed at once where a lock tells of the death, and by the lease in any case."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.core.clock import SystemClock
from bot.core.errors import LeaseLost, StorageError
from bot.core.image import Note
from bot.core.model import Fault, Job, Status
from storage import Storage, open_storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import accepted, brought_to, claimed
from tests.support.builders import MovableClock, day_of, new_image, new_job, new_limits
from tests.support.process import environment
from tests.support.zygote import Forked, fork


@pytest.fixture
def replica(database_url: str, tmp_path: Path) -> Callable[[], AbstractAsyncContextManager[tuple[Forked, str]]]:
    """Run another process that claims what is due, and return it, and its owner's name."""

    @asynccontextmanager
    async def start() -> AsyncIterator[tuple[Forked, str]]:
        arguments = [database_url, str(tmp_path / "images"), "stay"]
        process = await fork(arguments, tmp_path, environment({}), "tests.storage.replica")
        try:
            owner, _, job = (await process.stdout.readline()).decode().strip().partition(" ")
            assert job != "-"
            yield process, owner
        finally:
            process.kill()
            await process.communicate()

    return start


async def test_a_killed_process_is_seen_to_be_dead_and_its_job_is_freed_at_once(
    database_url: str,
    tmp_path: Path,
    replica: Callable[[], AbstractAsyncContextManager[tuple[Forked, str]]],
) -> None:
    async with open_storage(
        database_url=database_url, image_store=str(tmp_path / "images"), clock=SystemClock()
    ) as storage:
        limits = new_limits(moment=SystemClock().now())
        job = await accepted(storage.jobs, limits=limits)
        async with replica() as (process, owner):
            assert await storage.liveness.is_alive(owner)
            assert await storage.jobs.take_over(storage.owner) == ()
            process.kill()
            await process.wait()
            async with asyncio.timeout(10):  # its lease lasts longer; a busy server may take a while to miss it
                while not (freed := await storage.jobs.take_over(storage.owner)):
                    await asyncio.sleep(0.05)
            assert [(taken.id, taken.owner) for taken in freed] == [(job.id, None)]
            assert not await storage.liveness.is_alive(owner)
        assert (await claimed(storage.jobs, storage.owner)).attempt == 2


async def test_a_living_owners_work_is_left_alone_until_its_lease_ends(
    opening: OpenStorage, clock: MovableClock
) -> None:
    async with opening() as living, opening() as other:
        await accepted(living.jobs)
        job = await claimed(living.jobs, living.owner)
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(14.9)
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(0.1)
        assert [freed.id for freed in await other.jobs.take_over(other.owner)] == [job.id]
        with pytest.raises(LeaseLost):
            await living.jobs.advance(job, Status.GENERATING)


async def test_a_renewed_lease_lasts_longer(opening: OpenStorage, clock: MovableClock) -> None:
    async with opening() as living, opening() as other:
        for _ in range(2):
            await accepted(living.jobs)
        kept, dropped = await claimed(living.jobs, living.owner), await claimed(living.jobs, living.owner)
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(10)
        await living.jobs.renew(living.owner, [kept.id])
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(10)
        assert [freed.id for freed in await other.jobs.take_over(other.owner)] == [dropped.id]
        await living.jobs.renew(living.owner, [kept.id])
        clock.move(10)
        assert await other.jobs.take_over(other.owner) == ()


async def test_a_lease_that_nobody_could_renew_has_not_run_out(opening: OpenStorage, clock: MovableClock) -> None:
    """While the database is away, a living process can't renew its lease, and may hold images that were drawn."""
    async with opening() as living, opening() as other:
        await accepted(living.jobs)
        job = await claimed(living.jobs, living.owner)
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(5)
        other.database.ready = False
        with pytest.raises(StorageError):
            await other.jobs.take_over(other.owner)
        clock.move(60)
        other.database.ready = True
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(14.9)
        assert await other.jobs.take_over(other.owner) == ()
        clock.move(0.1)
        assert [freed.id for freed in await other.jobs.take_over(other.owner)] == [job.id]


async def test_the_last_work_of_a_worker_that_lost_track_of_it_is_freed_too(
    storage: Storage, clock: MovableClock
) -> None:
    await accepted(storage.jobs)
    lost = await claimed(storage.jobs, storage.owner)
    clock.move(16)
    assert await storage.jobs.take_over(storage.owner) == ()
    await storage.jobs.renew(storage.owner, ())
    assert [job.id for job in await storage.jobs.take_over(storage.owner)] == [lost.id]


async def test_ones_own_work_that_renewal_left_out_is_freed_too(storage: Storage, clock: MovableClock) -> None:
    for _ in range(2):
        await accepted(storage.jobs)
    kept, lost = [await claimed(storage.jobs, storage.owner) for _ in range(2)]
    clock.move(20)
    assert await storage.jobs.take_over(storage.owner) == ()  # it may just have been asleep
    await storage.jobs.renew(storage.owner, [kept.id])
    assert [freed.id for freed in await storage.jobs.take_over(storage.owner)] == [lost.id]


async def test_a_closed_storage_frees_its_work_at_once(opening: OpenStorage) -> None:
    async with opening() as other:
        async with opening() as closing:
            await accepted(closing.jobs)
            job = await claimed(closing.jobs, closing.owner)
        assert [freed.id for freed in await other.jobs.take_over(other.owner)] == [job.id]


async def _abandoned(jobs: SqlJobRepository, job: Job) -> Job:
    """Take over from an owner that never lived."""
    freed = await jobs.take_over("grace-worker")
    assert [taken.id for taken in freed] == [job.id]
    assert await jobs.get(job.id) == freed[0]
    return freed[0]


async def test_an_abandoned_request_is_not_sent_again(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await _abandoned(jobs, await brought_to(jobs, Status.GENERATING))
    assert (job.status, job.fault, job.ended_at, job.notified) == (Status.UNKNOWN, Fault.CRASHED, clock.now(), False)
    notified = await claimed(jobs, "grace-worker")
    assert (notified.id, notified.status) == (job.id, Status.UNKNOWN)


async def test_abandoned_images_are_delivered_and_charged(jobs: SqlJobRepository, clock: MovableClock) -> None:
    generating = await brought_to(jobs, Status.GENERATING, new_job(n=3))
    await jobs.add_images(generating, [new_image(generating.id)], Note())
    job = await _abandoned(jobs, generating)
    assert (job.status, job.fault, job.ended_at) == (Status.DELIVERING, Fault.CRASHED, None)
    assert (await claimed(jobs, "grace-worker")).images == job.images
    assert (await jobs.usage("test:ada", day_of(clock.now()))).used == 1


@pytest.mark.parametrize("status", [Status.DELIVERING, Status.FAILED])
async def test_abandoned_outcomes_stay_as_they_are_and_can_be_claimed(jobs: SqlJobRepository, status: Status) -> None:
    before = await brought_to(jobs, status)
    job = await _abandoned(jobs, before)
    assert (job.status, job.fault, job.ended_at) == (before.status, before.fault, before.ended_at)
    assert (await claimed(jobs, "grace-worker")).id == job.id


async def test_two_processes_that_take_over_at_once_free_each_job_once(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        for _ in range(6):
            await brought_to(one.jobs, Status.GENERATING)
        taken = await asyncio.gather(*(replica.jobs.take_over(replica.owner) for replica in (one, other)))
        assert sorted(len(freed) for freed in taken) == [0, 6]
