"""Failures of the gateway, as all processes count them, and what waits meanwhile."""

from datetime import timedelta

import pytest

from bot.core.image import Note
from bot.core.model import Fault, Job, Status
from bot.core.queue import QueuePosition
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import NOW, accepted, claimed
from tests.support.builders import MovableClock, new_image, new_job, new_limits

PAUSE = timedelta(seconds=15)


async def fail(jobs: SqlJobRepository, count: int, fault: Fault = Fault.BUSY, *, job: Job | None = None) -> None:
    for _ in range(count):
        await jobs.failed(fault, sent=job.started_at if job else None, first_pause=PAUSE)


async def begun(jobs: SqlJobRepository) -> Job:
    return await jobs.advance(await claimed(jobs), Status.GENERATING)


async def test_an_outage_pauses_the_queue_then_one_job_tries(jobs: SqlJobRepository, clock: MovableClock) -> None:
    for user in ("ada", "grace", "mary"):
        await accepted(jobs, new_job(f"test:{user}"))
    slow = await begun(jobs)
    await fail(jobs, 3)
    assert await jobs.claim("ada-worker", max_running=8) is None
    clock.move(15)
    tried = await jobs.claim("ada-worker", max_running=8)
    assert tried
    assert tried.outage
    assert (tried.outage.failures, tried.outage.fault) == (3, Fault.BUSY)
    assert await jobs.claim("ada-worker", max_running=8) is None
    trying = await jobs.advance(tried.job, Status.GENERATING)
    assert await jobs.claim("ada-worker", max_running=8) is None
    await fail(jobs, 1, job=slow)  # it was sent before: that says nothing new
    await fail(jobs, 1, job=trying)
    await jobs.advance(trying, Status.FAILED)
    clock.move(29)
    assert await jobs.claim("ada-worker", max_running=8) is None
    clock.move(1)
    assert await jobs.claim("ada-worker", max_running=8)


async def test_an_answer_ends_the_outage_for_all_processes(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        await accepted(one.jobs)
        await fail(one.jobs, 2)
        await fail(other.jobs, 1)
        assert await one.jobs.claim("ada-worker", max_running=8) is None
        await other.jobs.answered()
        assert await one.jobs.outage() is None
        claim = await one.jobs.claim("ada-worker", max_running=8)
        assert claim
        assert claim.outage is None


async def test_an_answer_leaves_a_pause_that_the_gateway_asked_for(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs)
    await fail(jobs, 2)
    await jobs.pause(clock.now() + PAUSE)
    await jobs.answered()
    assert await jobs.claim("ada-worker", max_running=8) is None


async def test_places_say_when_the_gateway_is_tried_next(jobs: SqlJobRepository, clock: MovableClock) -> None:
    first = await accepted(jobs)
    await fail(jobs, 3)
    until = clock.now() + PAUSE
    clock.move(5)
    second = await jobs.accept(new_job("test:grace"), new_limits(), hold=NOW, max_running=8)
    assert second.position == QueuePosition(number=2, next_try=until)
    assert await jobs.queue_positions([first.id, second.job.id], max_running=8) == {
        first.id: QueuePosition(number=1, next_try=until),
        second.job.id: second.position,
    }


@pytest.mark.parametrize(("fault", "told"), [(Fault.NOT_CONNECTED, Fault.NOT_CONNECTED), (Fault.CUT, Fault.GATEWAY)])
async def test_what_was_never_sent_is_given_up_by_age_and_told(
    jobs: SqlJobRepository, clock: MovableClock, fault: Fault, told: Fault
) -> None:
    old, trying = await accepted(jobs), await accepted(jobs, new_job("test:grace"))
    await fail(jobs, 3, fault)
    clock.move(400)
    young = await accepted(jobs, new_job("test:mary"))
    assert (await claimed(jobs)).id == old.id
    assert await jobs.give_up_on_gateway(timedelta(minutes=10)) == 0
    clock.move(200)
    assert await jobs.give_up_on_gateway(timedelta(minutes=10)) == 1
    ended, waiting, held = [await jobs.get(job.id) for job in (trying, young, old)]
    assert ended
    assert (ended.status, ended.fault, ended.notified) == (Status.FAILED, told, False)
    assert waiting
    assert held
    assert (waiting.status, held.status) == (Status.QUEUED, Status.QUEUED)


async def test_images_that_were_made_before_the_outage_are_shown(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await accepted(jobs, new_job(n=2))
    drawing = await begun(jobs)
    drawing = await jobs.add_images(drawing, [new_image(job.id, 0)], Note(request_id="r"))
    await jobs.defer(drawing, clock.now(), fault=Fault.NOT_CONNECTED)
    await fail(jobs, 3, Fault.NOT_CONNECTED)
    clock.move(601)
    assert await jobs.give_up_on_gateway(timedelta(minutes=10)) == 1
    shown = await jobs.get(job.id)
    assert shown
    assert (shown.status, shown.fault) == (Status.DELIVERING, Fault.NOT_CONNECTED)


async def test_without_an_outage_nothing_is_given_up(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs)
    await fail(jobs, 2)
    clock.move(3600)
    assert await jobs.give_up_on_gateway(timedelta(minutes=10)) == 0
