"""Claims: only jobs that are due, in their turn, and never more than may run."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import LeaseLost
from bot.core.model import Job, Status
from bot.core.refusals import JobNotFound, TooLate
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import accepted, brought_to, claimed
from tests.support.builders import MovableClock, new_job, new_limits

EVERYTHING_ENDED = [status for status in Status if status.ended and status is not Status.UNCLEAR]
ENDED_EARLY = [status for status in EVERYTHING_ENDED if status not in {Status.DELIVERED, Status.UNDELIVERED}]


async def test_nothing_is_due_in_an_empty_ledger(jobs: SqlJobRepository) -> None:
    assert await jobs.claim("ada-worker", max_running=8) is None


async def test_a_claim_leases_a_job_as_it_was_found(jobs: SqlJobRepository) -> None:
    job = await accepted(jobs)
    taken = await claimed(jobs, "ada-worker")
    assert (taken.id, taken.status, taken.owner, taken.attempt) == (job.id, Status.QUEUED, "ada-worker", 1)
    assert await jobs.claim("grace-worker", max_running=8) is None


async def test_a_user_with_a_hundred_waiting_jobs_lets_another_users_job_pass(jobs: SqlJobRepository) -> None:
    for _ in range(100):
        await accepted(jobs, new_job("test:ada"), new_limits(quota=100))
    assert (await claimed(jobs)).origin.user.id == "test:ada"
    await accepted(jobs, new_job("test:grace"))
    assert (await claimed(jobs)).origin.user.id == "test:grace"


async def test_users_take_turns_in_the_order_they_came(jobs: SqlJobRepository) -> None:
    for user in ("ada", "ada", "ada", "grace", "grace", "mary"):
        await accepted(jobs, new_job(f"test:{user}"))
    order = [(await claimed(jobs)).origin.user.id.removeprefix("test:") for _ in range(6)]
    assert order == ["ada", "grace", "mary", "ada", "grace", "ada"]


async def test_a_users_own_jobs_are_claimed_oldest_first(jobs: SqlJobRepository) -> None:
    made = [(await accepted(jobs)).id for _ in range(3)]
    assert [(await claimed(jobs)).id for _ in range(3)] == made


async def test_max_running_counts_leased_and_generating_jobs_of_all_owners(jobs: SqlJobRepository) -> None:
    for _ in range(3):
        await accepted(jobs)
    leased = await claimed(jobs, "ada-worker", max_running=2)
    sent = await jobs.advance(await claimed(jobs, "grace-worker", max_running=2), Status.GENERATING)
    assert await jobs.claim("mary-worker", max_running=2) is None
    await jobs.advance(sent, Status.DELIVERING)
    assert (await claimed(jobs, "mary-worker", max_running=2)).id not in {leased.id, sent.id}


async def test_replicas_that_claim_at_once_never_exceed_max_running(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        for number in range(20):
            await accepted(one.jobs, new_job(f"test:user-{number % 7}"))
        taken = await asyncio.gather(
            *(replica.jobs.claim(replica.owner, max_running=5) for replica in (one, other) for _ in range(12))
        )
        ids = [claim.job.id for claim in taken if claim is not None]
        assert len(ids) == len(set(ids)) == 5


async def test_stored_images_are_delivered_before_anything_is_generated_and_beyond_the_limit(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    await brought_to(jobs, Status.GENERATING)
    stored = await brought_to(jobs, Status.DELIVERING)
    await accepted(jobs)
    await jobs.defer(stored, clock.now())
    taken = await claimed(jobs, max_running=1)
    assert (taken.id, taken.status, taken.attempt) == (stored.id, Status.DELIVERING, 2)
    assert await jobs.claim("ada-worker", max_running=1) is None


@pytest.mark.parametrize("status", ENDED_EARLY)
async def test_an_outcome_that_nobody_was_told_is_due(
    jobs: SqlJobRepository, clock: MovableClock, status: Status
) -> None:
    job = await brought_to(jobs, status)
    if job.owner is not None:
        await jobs.defer(job, clock.now())
    taken = await claimed(jobs, max_running=0)
    assert (taken.id, taken.status, taken.notified) == (job.id, status, False)


@pytest.mark.parametrize("status", ENDED_EARLY)
async def test_a_told_outcome_gives_up_its_lease_and_its_tokens(jobs: SqlJobRepository, status: Status) -> None:
    job = await brought_to(jobs, status)
    if job.owner is None:
        job = await claimed(jobs)
    notified = await jobs.mark_notified(job)
    assert (notified.owner, notified.notified, notified.origin.address.tokens) == (None, True, {})
    assert notified.origin.address.place == job.origin.address.place
    assert await jobs.claim("ada-worker", max_running=8) is None
    assert await jobs.get(job.id) == notified


async def test_tokens_stay_while_they_are_needed(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERING)
    assert job.origin.address.tokens == {"interaction": "interaction-token"}
    assert not (await jobs.advance(job, Status.DELIVERED)).origin.address.tokens


async def test_work_put_off_is_due_when_its_time_comes(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    await jobs.defer(job, clock.now() + timedelta(seconds=20))
    waiting = await jobs.get(job.id)
    assert waiting is not None
    assert (waiting.status, waiting.owner, waiting.started_at, waiting.deliveries) == (Status.QUEUED, None, None, 0)
    clock.move(19)
    assert await jobs.claim("ada-worker", max_running=8) is None
    clock.move(1)
    assert (await claimed(jobs)).attempt == 2


async def test_a_job_put_off_does_not_hold_up_its_users_others(jobs: SqlJobRepository, clock: MovableClock) -> None:
    first, second = await accepted(jobs), await accepted(jobs)
    await accepted(jobs, new_job("test:grace"))
    await jobs.defer(await claimed(jobs), clock.now() + timedelta(seconds=20))
    assert (await claimed(jobs)).id == second.id
    clock.move(20)
    assert (await claimed(jobs)).origin.user.id == "test:grace"
    assert (await claimed(jobs)).id == first.id


@pytest.mark.parametrize("status", [Status.DELIVERING, Status.UNKNOWN])
async def test_a_delivery_put_off_is_counted(jobs: SqlJobRepository, clock: MovableClock, status: Status) -> None:
    job = await brought_to(jobs, status)
    for tries in (1, 2):
        await jobs.defer(job, clock.move(1))
        job = await claimed(jobs)
        assert (job.status, job.deliveries) == (status, tries)


async def test_a_queued_job_is_cancelled_for_free(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await accepted(jobs)
    gone = await jobs.cancel(job.id)
    assert (gone.status, gone.notified, gone.ended_at) == (Status.CANCELLED, False, clock.now())


async def test_cancelling_a_leased_job_makes_its_workers_next_write_fail(jobs: SqlJobRepository) -> None:
    await accepted(jobs)
    job = await claimed(jobs)
    assert (await jobs.cancel(job.id)).status is Status.CANCELLED
    with pytest.raises(LeaseLost):
        await jobs.advance(job, Status.GENERATING)


async def test_stopping_a_generating_job_makes_its_workers_next_write_fail(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    assert (await jobs.cancel(job.id)).status is Status.STOPPED
    with pytest.raises(LeaseLost):
        await jobs.advance(job, Status.DELIVERING)
    assert await jobs.take_over("grace-worker") == ()


@pytest.mark.parametrize("status", [Status.DELIVERING, *EVERYTHING_ENDED])
async def test_it_can_be_too_late_to_cancel(jobs: SqlJobRepository, status: Status) -> None:
    job = await brought_to(jobs, status)
    with pytest.raises(TooLate):
        await jobs.cancel(job.id)
    assert await jobs.get(job.id) == job


async def test_what_is_not_there_can_not_be_cancelled(jobs: SqlJobRepository) -> None:
    with pytest.raises(JobNotFound):
        await jobs.cancel("nobody's")


async def test_a_cancel_and_a_claim_at_once_leave_one_winner(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        for _ in range(15):
            job = await accepted(one.jobs)
            claim, gone = await asyncio.gather(other.jobs.claim(other.owner, max_running=8), one.jobs.cancel(job.id))
            assert gone.status is Status.CANCELLED
            if claim is not None and claim.job.status is Status.QUEUED:
                with pytest.raises(LeaseLost):
                    await other.jobs.advance(claim.job, Status.GENERATING)
            await _tell(other.jobs, claim.job if claim else None)


async def _tell(jobs: SqlJobRepository, claim: Job | None) -> None:
    """Leave nothing due."""
    if claim is None or claim.status is Status.QUEUED:
        claim = await claimed(jobs)
    assert claim.status is Status.CANCELLED
    await jobs.mark_notified(claim)
