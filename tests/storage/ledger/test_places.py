"""Places: what is sent at a time over all processes, and what a job counts for as far as it was sent."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.errors import LeaseLost
from bot.core.image import Note
from bot.core.model import Fault, Job, Status
from bot.core.refusals import BudgetSpent
from bot.core.rules.places import AT_ONCE
from storage import Storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import NOW, accepted, brought_to, claimed
from tests.support.builders import MOMENT, MovableClock, day_of, new_image, new_job, new_limits


async def begun(jobs: SqlJobRepository, n: int, *, max_running: int = 8, user: str = "test:ada") -> Job:
    """Accept, claim and start a job."""
    await accepted(jobs, new_job(user, n=n), new_limits(quota=1000))
    return await jobs.advance(await claimed(jobs, max_running=max_running), Status.GENERATING, max_running=max_running)


async def drawn(jobs: SqlJobRepository, job: Job, *, max_running: int | None = 8) -> Job:
    """Record one more image."""
    image = new_image(job.id, len(job.images))
    complete = len(job.images) + 1 == job.request.n
    return await jobs.add_images(job, [image], Note(), complete=complete, max_running=max_running)


async def wait_for_a_place(jobs: SqlJobRepository, count: int) -> None:
    for number in range(count):
        await accepted(jobs, new_job(f"test:waiting-{number}"))


async def claims(jobs: SqlJobRepository, max_running: int) -> int:
    """Claim as much as may be claimed."""
    count = 0
    while await jobs.claim("grace-worker", max_running=max_running):
        count += 1
    return count


@pytest.mark.parametrize(
    ("n", "waiting", "max_running", "sent"),
    [(1, 0, 8, 1), (3, 0, 8, 3), (10, 0, 8, 4), (10, 0, 3, 3), (10, 0, 1, 1), (10, 5, 8, 3), (10, 9, 8, 1)],
)
async def test_a_job_begins_with_as_many_requests_as_others_leave_it(
    jobs: SqlJobRepository, n: int, waiting: int, max_running: int, sent: int
) -> None:
    await accepted(jobs, new_job(n=n))
    await wait_for_a_place(jobs, waiting)
    job = await jobs.advance(await claimed(jobs, max_running=max_running), Status.GENERATING, max_running=max_running)
    assert (job.images_sent, job.unanswered) == (sent, sent)
    assert await claims(jobs, max_running) == min(waiting, max_running - sent)


async def test_an_accepted_job_has_to_wait_once_those_before_it_take_all_places(jobs: SqlJobRepository) -> None:
    async def has_to_wait(user: str) -> bool:
        return (await jobs.accept(new_job(user), new_limits(), hold=NOW, max_running=3)).has_to_wait

    await brought_to(jobs, Status.GENERATING, new_job("test:ada"))
    await brought_to(jobs, Status.DELIVERING, new_job("test:grace"))
    people = ("test:mary", "test:joan", "test:hedy")
    assert [await has_to_wait(user) for user in people] == [False, False, True]


async def test_an_image_that_arrives_makes_room_for_the_next_request(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 6)
    counted = []
    while job.status is Status.GENERATING:
        counted.append((job.sent, job.unanswered))
        job = await drawn(jobs, job)
    assert counted == [(4, 4), (5, 4), (6, 4), (6, 3), (6, 2), (6, 1)]
    assert (job.status, job.sent, len(job.images)) == (Status.DELIVERING, 6, 6)


async def test_a_newcomer_gets_the_place_of_the_next_image_that_arrives(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 10, max_running=4)
    await wait_for_a_place(jobs, 2)
    assert await claims(jobs, 4) == 0
    for unanswered in (3, 2):
        job = await drawn(jobs, job, max_running=4)
        assert job.unanswered == unanswered
        assert await claims(jobs, 4) == 1
    job = await drawn(jobs, job, max_running=4)  # nobody waits by now, and nothing is free
    assert job.unanswered == 2


async def test_a_job_keeps_one_place_until_it_is_done(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 3, max_running=1)
    await wait_for_a_place(jobs, 5)
    for _ in range(2):
        job = await drawn(jobs, job, max_running=1)
        assert job.unanswered == 1
        assert await claims(jobs, 1) == 0
    assert (await drawn(jobs, job, max_running=1)).status is Status.DELIVERING
    assert await claims(jobs, 1) == 1


async def test_once_nobody_waits_a_job_takes_more(jobs: SqlJobRepository) -> None:
    await accepted(jobs, new_job(n=9))
    await wait_for_a_place(jobs, 8)
    job = await jobs.advance(await claimed(jobs, max_running=8), Status.GENERATING, max_running=8)
    others = [await claimed(jobs, max_running=8) for _ in range(7)]
    assert (await drawn(jobs, job)).unanswered == 1
    for other in others:
        await jobs.advance(other, Status.FAILED)
    last = await claimed(jobs, max_running=8)
    job = await drawn(jobs, await _read(jobs, job))
    assert job.unanswered == AT_ONCE
    await jobs.advance(last, Status.FAILED)


async def test_after_a_refusal_no_more_is_sent_and_the_place_is_free(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 10, max_running=4)
    job = await jobs.record_refusal(job, images_sent=3)
    assert (await jobs.get(job.id), job.unanswered) == (job, 3)
    await wait_for_a_place(jobs, 2)
    assert await claims(jobs, 4) == 1
    job = await drawn(jobs, job, max_running=None)
    assert (job.sent, job.unanswered) == (3, 2)


async def test_while_the_gateway_is_paused_a_job_does_one_thing_at_a_time(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    job = await begun(jobs, 10)
    await jobs.pause(clock.now() + timedelta(seconds=30))
    assert [(job := await drawn(jobs, job)).unanswered for _ in range(5)] == [3, 2, 1, 1, 1]
    clock.move(30)
    assert (await drawn(jobs, job)).unanswered == AT_ONCE


async def test_images_recorded_again_send_nothing_again(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 10)
    once = await drawn(jobs, job)
    assert await drawn(jobs, job) == once  # the answer to the first commit was lost
    await wait_for_a_place(jobs, 20)
    assert (await drawn(jobs, job)).sent == once.sent  # what may have been sent is still counted


async def test_a_job_put_off_counts_as_not_sent(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await drawn(jobs, await begun(jobs, 10))
    await jobs.defer(job, clock.now(), fault=Fault.RATE_LIMIT)
    waiting = await _read(jobs, job)
    assert (waiting.status, waiting.images_sent, len(waiting.images)) == (Status.QUEUED, None, 1)
    again = await claimed(jobs, max_running=2)
    await wait_for_a_place(jobs, 2)
    assert await claims(jobs, 2) == 1
    again = await jobs.advance(again, Status.GENERATING, max_running=2)
    assert (again.sent, again.unanswered) == (2, 1)


async def test_a_job_of_a_release_that_counts_no_requests_takes_one_place(storage: Storage) -> None:
    job = await begun(storage.jobs, 4)
    await _set_sent(storage, job, None)
    await wait_for_a_place(storage.jobs, 8)
    assert await claims(storage.jobs, 3) == 2


async def test_replicas_that_begin_at_once_never_send_more_than_there_are_places(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        for number in range(6):
            await accepted(one.jobs, new_job(f"test:user-{number}", n=10))
        both = (one.jobs, other.jobs)
        for _ in range(3):
            taken = [await replica.claim("ada-worker", max_running=9) for replica in both]
            ours = [claim.job for claim in taken if claim]
            await asyncio.gather(
                *(
                    replica.advance(job, Status.GENERATING, max_running=9)
                    for replica, job in zip(both, ours, strict=False)
                )
            )
            assert sum(job.unanswered for job in await _generating(one.jobs, ours)) <= 9
        history = await one.jobs.counts()
        assert history[Status.GENERATING] == 6
        assert await one.jobs.claim("ada-worker", max_running=6) is None


@pytest.mark.parametrize(
    ("fault", "status", "used", "spent"),
    [
        (None, Status.STOPPED, 3, 3),
        (None, Status.UNKNOWN, 0, 3),
        (Fault.CRASHED, Status.UNKNOWN, 0, 3),
        (Fault.TIMEOUT, Status.DELIVERING, 2, 3),
        (Fault.EMPTY, Status.DELIVERING, 2, 3),
        (Fault.EMPTY, Status.FAILED, 0, 3),
        (Fault.VIOLATION_FEE, Status.FAILED, 0, 3),
        (Fault.CONTENT_POLICY, Status.DELIVERING, 2, 2),
        (Fault.CONTENT_POLICY, Status.FAILED, 0, 0),
    ],
)
async def test_of_ten_images_only_those_that_were_sent_count(
    storage: Storage, fault: Fault | None, status: Status, used: int, spent: int
) -> None:
    job = await begun(storage.jobs, 10, max_running=1)
    for _ in range(2):
        job = await drawn(storage.jobs, job, max_running=1)
    assert job.sent == 3
    if status is Status.STOPPED:
        await storage.jobs.cancel(job.id)
    else:
        await storage.jobs.advance(job, status, fault=fault)
    await counts_for(storage.jobs, used, spent)


async def test_a_kill_with_three_requests_unanswered_leaves_three_in_doubt(jobs: SqlJobRepository) -> None:
    await begun(jobs, 10, max_running=3)
    (left,) = await jobs.take_over("grace-worker")
    assert (left.status, left.fault, left.sent) == (Status.UNKNOWN, Fault.CRASHED, 3)
    await counts_for(jobs, 0, 3)


async def test_a_stop_with_nothing_counted_counts_all_that_was_asked_for(storage: Storage) -> None:
    job = await begun(storage.jobs, 10)
    await _set_sent(storage, job, None)
    stopped = await storage.jobs.cancel(job.id)
    assert stopped.sent == 10
    await counts_for(storage.jobs, 10, 10)


async def test_what_a_stopped_job_still_records_is_refused(jobs: SqlJobRepository) -> None:
    job = await begun(jobs, 10)
    await jobs.cancel(job.id)
    with pytest.raises(LeaseLost):
        await drawn(jobs, job)
    with pytest.raises(LeaseLost):
        await jobs.record_refusal(job, images_sent=3)
    assert (await _read(jobs, job)).sent == 4


async def counts_for(jobs: SqlJobRepository, used: int, spent: int) -> None:
    """Hold what the only job counts for against the quota and the budget."""
    assert (await jobs.usage("test:ada", day_of(MOMENT))).used == used
    with pytest.raises(BudgetSpent):
        await accepted(jobs, new_job("test:grace"), new_limits(budget=spent))
    await accepted(jobs, new_job("test:grace"), new_limits(budget=spent + 1))


async def _read(jobs: SqlJobRepository, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found is not None
    return found


async def _generating(jobs: SqlJobRepository, among: Sequence[Job]) -> list[Job]:
    return [found for job in among if (found := await _read(jobs, job)).status is Status.GENERATING]


async def _set_sent(storage: Storage, job: Job, count: int | None) -> None:
    statement = text("UPDATE jobs SET images_sent = :count WHERE id = :id")
    await storage.database.write(lambda connection: connection.execute(statement, {"count": count, "id": job.id}))
