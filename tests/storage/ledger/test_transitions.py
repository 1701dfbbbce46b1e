"""Fenced writes: only the holder's, only while the row is as it was leased."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import ForbiddenTransition, LeaseLost
from bot.core.image import Note
from bot.core.model import Fault, Job, Status
from bot.core.rules import lifecycle
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import brought_to, claimed
from tests.support.builders import MOMENT, MovableClock, day_of, new_address, new_image, new_job

Write = Callable[[SqlJobRepository, Job], Awaitable[object]]

WRITES: dict[str, Write] = {
    "advance": lambda jobs, job: jobs.advance(job, Status.DELIVERING),
    "end": lambda jobs, job: jobs.advance(job, Status.FAILED, fault=Fault.BUSY),
    "add_images": lambda jobs, job: jobs.add_images(job, [new_image(job.id)], Note()),
    "complete": lambda jobs, job: jobs.add_images(job, [new_image(job.id)], Note(request_id="r"), complete=True),
    "mark_notified": lambda jobs, job: jobs.mark_notified(job),
    "update_address": lambda jobs, job: jobs.update_address(job, new_address("another")),
    "put_off": lambda jobs, job: jobs.defer(job, MOMENT + timedelta(seconds=9)),
}
LOST: dict[str, Callable[[Job], Job]] = {
    "owner": lambda job: replace(job, owner="grace-worker"),
    "no owner": lambda job: replace(job, owner=None),
    "attempt": lambda job: replace(job, attempt=job.attempt - 1),
    "status": lambda job: replace(job, status=Status.QUEUED),
    "id": lambda job: replace(job, id="nobody's"),
}


# Where a message is shown has nothing to do with how far its job has got.
FENCED = [(write, lost) for write in WRITES for lost in LOST if (write, lost) != ("update_address", "status")]


@pytest.mark.parametrize(("write", "lost"), FENCED)
async def test_a_write_that_lost_its_lease_changes_nothing(jobs: SqlJobRepository, write: str, lost: str) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    with pytest.raises(LeaseLost):
        await WRITES[write](jobs, LOST[lost](job))
    assert await jobs.get(job.id) == job


async def test_a_message_may_move_while_its_job_moves_on(jobs: SqlJobRepository) -> None:
    queued = await brought_to(jobs, Status.GENERATING)
    await jobs.advance(queued, Status.DELIVERING)
    moved = await jobs.update_address(queued, new_address("another"))
    assert (moved.status, moved.origin.address.tokens) == (Status.DELIVERING, {"interaction": "another"})


async def test_a_message_may_move_while_its_job_is_cancelled_and_not_after_that_was_told(
    jobs: SqlJobRepository,
) -> None:
    sent = await brought_to(jobs, Status.GENERATING)
    await jobs.cancel(sent.id)
    moved = await jobs.update_address(sent, new_address("another"))
    assert (moved.status, moved.origin.address.tokens) == (Status.STOPPED, {"interaction": "another"})
    teller = await claimed(jobs)
    with pytest.raises(LeaseLost):
        await jobs.update_address(sent, new_address("a third"))
    notified = await jobs.mark_notified(teller)
    for late in (sent, teller):
        with pytest.raises(LeaseLost):
            await jobs.update_address(late, new_address("a fourth"))
    assert await jobs.get(sent.id) == notified
    assert not notified.origin.address.tokens


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_the_holder_may_write(jobs: SqlJobRepository, write: Write) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    await write(jobs, job)
    assert await jobs.get(job.id) != job


async def test_generating_begins_once(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    assert job.started_at == clock.now()
    clock.move(5)
    with pytest.raises(ForbiddenTransition):
        await jobs.advance(job, Status.GENERATING)
    assert await jobs.get(job.id) == job


async def test_images_their_note_and_the_next_status_are_one_write(jobs: SqlJobRepository) -> None:
    job, said = await brought_to(jobs, Status.GENERATING), Note(request_id="req-1", revised_prompt="a small paper boat")
    noted = await jobs.add_images(job, [new_image(job.id)], said, complete=True)
    assert (noted.status, noted.request_id, noted.revised_prompt) == (Status.DELIVERING, "req-1", "a small paper boat")
    assert noted.images == (new_image(job.id),)


@pytest.mark.parametrize("status", [status for status in Status if status not in lifecycle.NEXT[Status.DELIVERING]])
async def test_what_is_not_allowed_changes_nothing(jobs: SqlJobRepository, status: Status) -> None:
    job = await brought_to(jobs, Status.DELIVERING)
    with pytest.raises(ForbiddenTransition):
        await jobs.advance(job, status)
    assert await jobs.get(job.id) == job


async def test_what_is_not_given_stays(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    noted = await jobs.add_images(job, [new_image(job.id)], Note(request_id="req-1", revised_prompt="a boat"))
    again = await jobs.add_images(noted, [new_image(job.id, 1)], Note())
    later = await jobs.advance(again, Status.DELIVERING, fault=Fault.BUSY)
    assert (later.request_id, later.revised_prompt, later.fault) == ("req-1", "a boat", Fault.BUSY)


async def test_the_end_is_when_it_ended_not_when_it_was_told(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await brought_to(jobs, Status.FAILED)
    ended = clock.now()
    clock.move(60)
    notified = await jobs.mark_notified(job)
    assert (job.ended_at, notified.ended_at) == (ended, ended)


async def test_an_untold_end_keeps_the_lease(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.FAILED)
    assert job.owner == "ada-worker"
    assert await jobs.claim("grace-worker", max_running=8) is None


async def test_images_are_recorded_in_order_and_each_once(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    first, second = new_image(job.id, 0), new_image(job.id, 1)
    await jobs.add_images(job, [first], Note())
    await jobs.add_images(job, [first], Note())
    both = await jobs.add_images(job, [second], Note())  # from a value read before the first was recorded
    assert both.images == (first, second)


async def test_a_readdressed_job_is_found_where_it_is_shown(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING)
    elsewhere = replace(new_address("another"), place={"channel": "attic"}, link="")
    assert (await jobs.update_address(job, elsewhere)).origin.address == elsewhere


async def test_a_second_claim_fences_the_first_holder_off(jobs: SqlJobRepository, clock: MovableClock) -> None:
    stale = await brought_to(jobs, Status.DELIVERING)
    await jobs.defer(stale, clock.now())
    fresh = await claimed(jobs)
    assert fresh.owner == stale.owner
    with pytest.raises(LeaseLost):
        await jobs.advance(stale, Status.DELIVERED)


async def test_what_is_to_be_shown_elsewhere_goes_there_once(jobs: SqlJobRepository) -> None:
    shown = await brought_to(jobs, Status.DELIVERED)
    before, there = shown.origin.address, replace(new_address("another"), place={"channel": "design"})
    presses = await asyncio.gather(*(jobs.reopen(shown.id, there, instead_of=before) for _ in range(3)))
    assert sorted(presses) == [False, False, True]
    assert (await claimed(jobs)).origin.address == there
    assert not await jobs.reopen(shown.id, there, instead_of=there)  # a worker shows it just now


async def test_what_was_stopped_before_it_left_is_no_longer_counted(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.GENERATING, new_job(n=3))
    await jobs.record_unsent(job.id, images_sent=0)
    assert (await stored(jobs, job)).images_sent == job.images_sent  # it isn't stopped
    await jobs.cancel(job.id)
    for images_sent in (1, 2, 0):
        await jobs.record_unsent(job.id, images_sent=images_sent)
        assert (await stored(jobs, job)).images_sent == min(1, images_sent)
    assert (await jobs.usage(job.origin.user.id, day_of(MOMENT))).used == 0


async def stored(jobs: SqlJobRepository, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found
    return found
