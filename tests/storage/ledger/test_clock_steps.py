"""The machine's clock is set, by an hour or a day, within a moment: nothing stands still, and nothing runs twice."""

from datetime import timedelta

import pytest

from bot.core.model import Fault, Job, Status
from bot.core.refusals import ModelCoolingDown
from bot.core.rules import moments
from storage import Storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import accepted, brought_to, claimed, confirmed, held
from tests.support.builders import MovableClock, new_job, new_limits

HOUR, DAY = 3600.0, 86_400.0
STEPS = pytest.mark.parametrize("step", [-HOUR, HOUR, -DAY], ids=["an hour back", "an hour on", "a day back"])


async def waiting_after(jobs: SqlJobRepository, clock: MovableClock, seconds: float) -> bool:
    """Return whether nothing is due until so many seconds have passed, and something is then."""
    clock.move(seconds - 0.1)
    early = await jobs.claim("ada-worker", max_running=100)
    clock.move(0.1)
    return early is None and await jobs.claim("ada-worker", max_running=100) is not None


@STEPS
async def test_what_waits_for_nothing_is_due_by_any_clock(
    jobs: SqlJobRepository, clock: MovableClock, step: float
) -> None:
    job = await confirmed(jobs)
    clock.set(step)
    assert (await claimed(jobs)).id == job.id


@STEPS
async def test_what_was_cancelled_or_is_to_be_shown_again_is_due_by_any_clock(
    jobs: SqlJobRepository, clock: MovableClock, step: float
) -> None:
    shown, cancelled = await brought_to(jobs, Status.DELIVERED), await accepted(jobs)
    await jobs.cancel(cancelled.id)
    assert await jobs.reopen(shown.id, shown.origin.address)
    clock.set(step)
    assert {(await claimed(jobs)).id, (await claimed(jobs)).id} == {shown.id, cancelled.id}


@STEPS
async def test_a_job_that_nobody_confirms_runs_all_the_same(
    jobs: SqlJobRepository, clock: MovableClock, step: float
) -> None:
    job = await held(jobs)
    clock.set(step)
    clock.move(30)
    assert (await claimed(jobs)).id == job.id


@STEPS
async def test_a_job_that_was_put_off_is_due_no_later_than_anything_is_put_off(
    jobs: SqlJobRepository, clock: MovableClock, step: float
) -> None:
    sent = await brought_to(jobs, Status.GENERATING)
    await jobs.defer(sent, clock.now() + timedelta(seconds=60), fault=Fault.RATE_LIMIT)
    clock.set(step)
    clock.move(60)
    assert (await claimed(jobs)).id == sent.id


@STEPS
@pytest.mark.parametrize("status", [Status.DELIVERING, Status.FAILED])
async def test_a_delivery_that_was_put_off_waits_for_an_hour_at_most(
    jobs: SqlJobRepository, clock: MovableClock, status: Status, step: float
) -> None:
    job = await brought_to(jobs, status)
    await jobs.defer(job, clock.now() + timedelta(minutes=30))
    clock.set(step)
    waited = 0.0
    while (claim := await jobs.claim("ada-worker", max_running=8)) is None:
        clock.move(600)
        waited += 600
    assert claim.job.id == job.id
    assert waited <= moments.LONGEST_TO_SHOW.total_seconds()


@STEPS
async def test_a_pause_of_the_gateway_ends(jobs: SqlJobRepository, clock: MovableClock, step: float) -> None:
    await jobs.pause(clock.now() + timedelta(seconds=5))
    clock.set(step)
    job = (await jobs.accept(new_job(), new_limits(moment=clock.now()), hold=timedelta(), max_running=8)).job
    clock.move(5)
    assert (await claimed(jobs)).id == job.id


@STEPS
async def test_a_pause_from_before_the_clock_was_set_does_not_keep_a_new_one_from_counting(
    jobs: SqlJobRepository, clock: MovableClock, step: float
) -> None:
    await jobs.pause(clock.now() + timedelta(seconds=5))
    await jobs.cool_down("dall-e-3", clock.now() + timedelta(seconds=5))
    clock.set(step)
    await jobs.pause(clock.now() + timedelta(seconds=20))
    await jobs.cool_down("dall-e-3", clock.now() + timedelta(seconds=20))
    await accepted(jobs, new_job(model="dall-e-2"), new_limits(moment=clock.now()))
    with pytest.raises(ModelCoolingDown):
        await accepted(jobs, new_job(), new_limits(moment=clock.now()))
    assert await waiting_after(jobs, clock, 20)


@STEPS
async def test_a_model_that_rests_is_taken_again(jobs: SqlJobRepository, clock: MovableClock, step: float) -> None:
    await jobs.cool_down("dall-e-3", clock.now() + timedelta(seconds=60))
    clock.set(step)
    clock.move(60)
    assert (await accepted(jobs, limits=new_limits(moment=clock.now()))).status is Status.QUEUED


@STEPS
@pytest.mark.parametrize("status", [Status.QUEUED, Status.GENERATING, Status.DELIVERING])
async def test_the_work_of_a_living_process_is_its_own_by_any_clock(
    opening: OpenStorage, clock: MovableClock, status: Status, step: float
) -> None:
    async with opening() as living, opening() as other:
        job = await held_by(living, status)
        assert await other.jobs.take_over(other.owner) == ()
        clock.set(step)
        for _ in range(4):
            assert await other.jobs.take_over(other.owner) == ()
            assert await living.jobs.take_over(living.owner) == ()
            clock.move(5)
            await living.jobs.renew(living.owner, [job.id])
        now = await living.jobs.get(job.id)
        assert now
        assert (now.status, now.owner, now.attempt) == (status, living.owner, job.attempt)


@STEPS
async def test_a_process_that_starts_after_the_clock_was_set_leaves_the_living_alone(
    opening: OpenStorage, clock: MovableClock, step: float
) -> None:
    async with opening() as living:
        job = await held_by(living, Status.GENERATING)
        clock.set(step)
        async with opening() as newcomer:
            assert await newcomer.jobs.take_over(newcomer.owner) == ()
            clock.move(4)
            await living.jobs.renew(living.owner, [job.id])
            clock.move(12)
            assert await newcomer.jobs.take_over(newcomer.owner) == ()


@STEPS
@pytest.mark.parametrize(
    ("status", "next_status"),
    [
        (Status.QUEUED, Status.QUEUED),
        (Status.GENERATING, Status.UNKNOWN),
        (Status.DELIVERING, Status.DELIVERING),
    ],
)
async def test_what_a_dead_process_left_goes_on_at_once_by_any_clock(
    opening: OpenStorage, clock: MovableClock, status: Status, next_status: Status, step: float
) -> None:
    async with opening() as dead:
        job = await held_by(dead, status)
    clock.set(step)
    async with opening() as newcomer:
        assert await newcomer.jobs.end_left_waiting() == 0
        assert [freed.id for freed in await newcomer.jobs.take_over(newcomer.owner)] == [job.id]
        now = await claimed(newcomer.jobs, newcomer.owner)
        assert (now.id, now.status) == (job.id, next_status)


@STEPS
async def test_what_waits_to_be_confirmed_or_drawn_survives_a_restart_by_any_clock(
    opening: OpenStorage, clock: MovableClock, step: float
) -> None:
    async with opening() as dead:
        waiting = {(await held(dead.jobs)).id, (await confirmed(dead.jobs)).id}
    clock.set(step)
    async with opening() as newcomer:
        assert await newcomer.jobs.end_left_waiting() == 0
        await newcomer.jobs.take_over(newcomer.owner)
        clock.move(30)
        assert {(await claimed(newcomer.jobs)).id, (await claimed(newcomer.jobs)).id} == waiting


@STEPS
async def test_a_frozen_process_loses_its_work_when_the_lease_has_lasted_by_any_clock(
    opening: OpenStorage, clock: MovableClock, step: float
) -> None:
    async with opening() as frozen, opening() as other:
        job = await held_by(frozen, Status.GENERATING)
        assert await other.jobs.take_over(other.owner) == ()
        clock.set(step)
        clock.move(15)
        assert [freed.id for freed in await other.jobs.take_over(other.owner)] == [job.id]


@STEPS
async def test_what_a_worker_claims_after_the_clock_was_set_stays_its_own(
    storage: Storage, clock: MovableClock, step: float
) -> None:
    await storage.jobs.renew(storage.owner, ())
    clock.set(step)
    job = await held_by(storage, Status.GENERATING, clock)
    assert await storage.jobs.take_over(storage.owner) == ()
    assert await storage.jobs.get(job.id) == job


@STEPS
async def test_what_a_worker_lost_track_of_is_freed_by_any_clock(
    storage: Storage, clock: MovableClock, step: float
) -> None:
    job = await held_by(storage, Status.QUEUED)
    clock.set(step)
    clock.move(16)
    await storage.jobs.renew(storage.owner, ())
    assert [freed.id for freed in await storage.jobs.take_over(storage.owner)] == [job.id]


async def test_a_second_press_long_after_is_no_double_press_though_the_clock_was_set_back(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    await accepted(jobs, new_job(parent="earlier"))
    clock.set(-60)
    clock.move(10)
    assert (await accepted(jobs, new_job(parent="earlier"))).status is Status.QUEUED


@STEPS
async def test_a_ledger_follows_the_clock_so_that_every_wait_lasts_as_long_as_before(
    storage: Storage, clock: MovableClock, step: float
) -> None:
    jobs = storage.jobs
    shown = await brought_to(jobs, Status.DELIVERING)
    await jobs.defer(shown, clock.now() + timedelta(seconds=40))
    await jobs.pause(clock.now() + timedelta(seconds=90))
    await jobs.refuse_model("dall-e-2", clock.now() + timedelta(seconds=50), Fault.MODEL_UNAVAILABLE)
    await accepted(jobs)
    clock.set(step)
    await jobs.follow_clock(storage.owner, timedelta(seconds=step))
    assert await jobs.refused_models() == {"dall-e-2": clock.now() + timedelta(seconds=50)}
    assert await waiting_after(jobs, clock, 40)
    assert await waiting_after(jobs, clock, 50)


async def test_of_several_processes_each_forgets_what_lies_too_far_ahead(
    opening: OpenStorage, clock: MovableClock
) -> None:
    async with opening() as one, opening() as other:
        await one.jobs.pause(clock.now() + timedelta(seconds=90))
        clock.set(-HOUR)
        for storage in (one, other):
            await storage.jobs.follow_clock(storage.owner, timedelta(seconds=-HOUR))
        clock.move(HOUR)
        job = await accepted(one.jobs)
        assert (await claimed(one.jobs)).id == job.id


async def test_of_several_processes_none_moves_what_the_others_would_move_too(
    opening: OpenStorage, clock: MovableClock
) -> None:
    async with opening() as one, opening() as other:
        await one.jobs.pause(clock.now() + timedelta(seconds=90))
        for storage in (one, other):
            await storage.jobs.follow_clock(storage.owner, timedelta(seconds=20))
        await accepted(one.jobs)
        assert await waiting_after(one.jobs, clock, 90)


async def held_by(storage: Storage, status: Status, clock: MovableClock | None = None) -> Job:
    """Bring a job to a status, with a lease of this storage's own process."""
    await accepted(storage.jobs, limits=new_limits(moment=clock.now()) if clock else None)
    job = await claimed(storage.jobs, storage.owner)
    if status is not Status.QUEUED:
        job = await storage.jobs.advance(job, Status.GENERATING)
    return await storage.jobs.advance(job, status) if status is Status.DELIVERING else job
