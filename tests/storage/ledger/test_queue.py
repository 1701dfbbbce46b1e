"""The queue as people are told of it: places, times, pauses, models that cool down."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.image import Note
from bot.core.model import Asked, Fault, Job, Status
from bot.core.queue import QueuePosition
from bot.core.refusals import ModelCoolingDown
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import NOW, accepted, brought_to, claimed
from tests.support.builders import MovableClock, new_image, new_job, new_limits


async def _deliver(jobs: SqlJobRepository, clock: MovableClock, seconds: float, model: str = "dall-e-3") -> None:
    job = await brought_to(jobs, Status.GENERATING, new_job("test:someone", model=model))
    clock.move(seconds)
    await jobs.advance(await jobs.advance(job, Status.DELIVERING), Status.DELIVERED)


async def _position(jobs: SqlJobRepository, job: Job) -> int:
    place = await jobs.queue_position(job.id, max_running=1)
    assert place is not None
    return place.number


async def test_a_place_is_the_order_of_claims(jobs: SqlJobRepository) -> None:
    made = [await accepted(jobs, new_job(f"test:{user}")) for user in ("ada", "ada", "ada", "grace", "mary")]
    positions = {job.id: await _position(jobs, job) for job in made}
    assert [positions[job.id] for job in made] == [1, 4, 5, 2, 3]
    assert [positions[(await claimed(jobs)).id] for _ in made] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(4))
async def test_a_claim_takes_the_job_in_the_first_place(jobs: SqlJobRepository, seed: int) -> None:
    chance = random.Random(seed)
    waiting: list[str] = []
    for _ in range(30):
        user = chance.choice(["ada", "ada", "grace", "mary"])
        waiting.append((await accepted(jobs, new_job(f"test:{user}"), new_limits(quota=100))).id)
        if chance.random() < 0.5:
            places = await jobs.queue_positions(waiting, max_running=100)
            job = await claimed(jobs)
            assert places[job.id].number == 1
            waiting.remove(job.id)
            await jobs.advance(job, chance.choice([Status.GENERATING, Status.FAILED]))


@pytest.mark.parametrize("seed", range(4))
async def test_an_accepted_job_comes_with_its_place(jobs: SqlJobRepository, clock: MovableClock, seed: int) -> None:
    chance = random.Random(seed)
    await _deliver(jobs, clock, seconds=12)
    for number in range(30):
        user = chance.choice(["ada", "ada", "grace", "mary", f"new-{number}"])
        just = await jobs.accept(new_job(f"test:{user}"), new_limits(quota=100), hold=NOW, max_running=3)
        assert just.position == await jobs.queue_position(just.job.id, max_running=3)
        assert just.position.seconds is not None
        if chance.random() < 0.4 and (claim := await jobs.claim("ada-worker", max_running=chance.choice([4, 30]))):
            match chance.choice(["leave", "send", "end"]):
                case "send":
                    await jobs.advance(claim.job, Status.GENERATING)
                case "end":
                    await jobs.advance(claim.job, Status.FAILED)


async def test_the_places_of_many_are_those_of_each(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await _deliver(jobs, clock, seconds=12)
    made = [await accepted(jobs, new_job(f"test:{user}")) for user in ("ada", "ada", "ada", "ada", "grace", "mary")]
    sent = await jobs.advance(await claimed(jobs), Status.GENERATING)
    leased = await claimed(jobs)
    cancelled = await jobs.cancel(made[2].id)
    asked = [*(job.id for job in made if job != made[-1]), "nobody's"]
    each = {job_id: await jobs.queue_position(job_id, max_running=2) for job_id in asked}
    places = await jobs.queue_positions(asked, max_running=2)
    assert places == {job_id: place for job_id, place in each.items() if place and job_id != leased.id}
    assert {sent.id, cancelled.id}.isdisjoint(places)
    assert sorted(place.number for place in places.values()) == [2, 3]
    assert await jobs.queue_positions([], max_running=2) == {}


async def test_the_longest_waiting_job_says_since_when(jobs: SqlJobRepository, clock: MovableClock) -> None:
    assert await jobs.waiting_since() is None
    first = await accepted(jobs)
    clock.move(60)
    second = await accepted(jobs)
    assert await jobs.waiting_since() == first.created_at
    assert (await claimed(jobs)).id == first.id
    assert await jobs.waiting_since() == second.created_at == first.created_at + timedelta(seconds=60)


async def test_a_claim_says_whether_the_gateway_can_be_used(jobs: SqlJobRepository) -> None:
    await accepted(jobs)
    await accepted(jobs)
    for fault in (None, Fault.BALANCE):
        await jobs.set_gateway_down(fault)
        claim = await jobs.claim("ada-worker", max_running=8)
        assert claim is not None
        assert claim.gateway_down is fault


async def test_what_a_worker_has_just_taken_is_next(jobs: SqlJobRepository) -> None:
    await accepted(jobs)
    assert await jobs.queue_position((await claimed(jobs)).id, max_running=1) == QueuePosition(number=1)


@pytest.mark.parametrize("status", [status for status in Status if status not in {Status.QUEUED, Status.UNCLEAR}])
async def test_only_a_queued_job_has_a_place(jobs: SqlJobRepository, status: Status) -> None:
    job = await brought_to(jobs, status)
    assert await jobs.queue_position(job.id, max_running=1) is None


async def test_a_job_that_is_not_there_has_no_place(jobs: SqlJobRepository) -> None:
    assert await jobs.queue_position("nobody's", max_running=1) is None
    assert await jobs.with_place("nobody's", max_running=1) == (None, None)


async def test_a_job_is_read_with_its_place_while_it_is_queued(jobs: SqlJobRepository) -> None:
    await accepted(jobs)
    job = await accepted(jobs)
    assert await jobs.with_place(job.id, max_running=1) == (job, QueuePosition(number=2))
    begun = await brought_to(jobs, Status.GENERATING)
    assert await jobs.with_place(begun.id, max_running=1) == (begun, None)
    await jobs.delete(job.id, "ada", job.origin.address)
    assert await jobs.with_place(job.id, max_running=1) == (None, None)


async def test_the_time_is_the_median_of_the_models_deliveries(jobs: SqlJobRepository, clock: MovableClock) -> None:
    for seconds in (10, 12, 500):
        await _deliver(jobs, clock, seconds)
    await _deliver(jobs, clock, 40, model="gpt-image-1")
    job = await accepted(jobs)
    assert await jobs.queue_position(job.id, max_running=2) == QueuePosition(number=1, seconds=12)


async def test_only_the_latest_twenty_deliveries_count(jobs: SqlJobRepository, clock: MovableClock) -> None:
    for seconds in [100] * 12 + [10] * 11:
        await _deliver(jobs, clock, seconds)
    for model in ("dall-e-3", "qwen-image"):
        job = await accepted(jobs, new_job(model=model))
        assert await jobs.queue_position(job.id, max_running=1) == QueuePosition(number=1, seconds=10)
        await jobs.cancel(job.id)


async def test_each_model_has_a_duration_of_its_own(jobs: SqlJobRepository, clock: MovableClock) -> None:
    for seconds in [500] + [10, 12, 14] * 7:
        await _deliver(jobs, clock, seconds)
    await _deliver(jobs, clock, 40, model="gpt-image-1")
    lasted = await jobs.durations(["dall-e-3", "gpt-image-1", "qwen-image"])
    assert lasted == {"dall-e-3": 12, "gpt-image-1": 40}


async def test_a_model_never_measured_is_taken_for_any_other(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await _deliver(jobs, clock, 40, model="gpt-image-1")
    job = await accepted(jobs, new_job(model="qwen-image"))
    assert await jobs.queue_position(job.id, max_running=1) == QueuePosition(number=1, seconds=40)


async def test_those_ahead_cost_their_share_of_time(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await _deliver(jobs, clock, 20)
    for _ in range(2):
        await brought_to(jobs, Status.GENERATING)
    made = [await accepted(jobs) for _ in range(2)]
    places = [await jobs.queue_position(job.id, max_running=2) for job in made]
    assert places == [QueuePosition(number=1, seconds=30), QueuePosition(number=2, seconds=40)]


async def test_every_request_of_a_job_is_a_place_to_wait_for(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await _deliver(jobs, clock, 20)
    await accepted(jobs, new_job(n=10))
    sent = await jobs.advance(await claimed(jobs, max_running=4), Status.GENERATING, max_running=4)
    assert sent.unanswered == 4
    job = await accepted(jobs, new_job("test:grace"))
    assert await jobs.queue_position(job.id, max_running=4) == QueuePosition(number=1, seconds=25)
    await jobs.add_images(sent, [new_image(sent.id)], Note(), max_running=4)
    assert await jobs.queue_position(job.id, max_running=4) == QueuePosition(number=1, seconds=20)


async def test_a_pause_adds_what_is_left_of_it(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await _deliver(jobs, clock, 20)
    await jobs.pause(clock.now() + timedelta(seconds=5))
    job = await accepted(jobs)
    assert await jobs.queue_position(job.id, max_running=2) == QueuePosition(number=1, seconds=25)
    clock.move(60)
    assert await jobs.queue_position(job.id, max_running=2) == QueuePosition(number=1, seconds=20)


async def test_a_pause_holds_queued_jobs_on_every_process_and_nothing_else(
    opening: OpenStorage, clock: MovableClock
) -> None:
    async with opening() as one, opening() as other:
        stored = await brought_to(one.jobs, Status.DELIVERING)
        await one.jobs.defer(stored, clock.now())
        await accepted(one.jobs)
        await one.jobs.pause(clock.now() + timedelta(seconds=30))
        assert (await claimed(other.jobs)).id == stored.id
        assert await other.jobs.claim(other.owner, max_running=8) is None
        clock.move(30)
        assert (await claimed(other.jobs)).status is Status.QUEUED


async def test_the_longer_of_two_pauses_counts(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs)
    for seconds in (30, 10):
        await jobs.pause(clock.now() + timedelta(seconds=seconds))
    clock.move(11)
    assert await jobs.claim("ada-worker", max_running=8) is None


async def test_a_model_that_cools_down_is_passed_over(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs, new_job(model="gpt-image-1"))
    other = await accepted(jobs, new_job(model="dall-e-3"))
    for seconds in (60, 30):
        await jobs.cool_down("gpt-image-1", clock.now() + timedelta(seconds=seconds))
    with pytest.raises(ModelCoolingDown):
        await accepted(jobs, new_job(model="gpt-image-1"))
    assert (await claimed(jobs)).id == other.id
    clock.move(59)
    assert await jobs.claim("ada-worker", max_running=8) is None
    clock.move(1)
    assert (await accepted(jobs, new_job(model="gpt-image-1"))).status is Status.QUEUED
    assert (await claimed(jobs)).request.model == "gpt-image-1"


async def test_a_job_that_names_no_model_does_not_wait_for_one_to_cool_down(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    await jobs.cool_down("dall-e-3", clock.now() + timedelta(seconds=60))
    for named in (False, True):
        asked = Asked(model="dall-e-3", options={"model": "dall-e-3"} if named else {})
        new = replace(new_job(), asked=asked)
        if named:
            with pytest.raises(ModelCoolingDown):
                await accepted(jobs, new)
        else:
            await accepted(jobs, new)
    job = await claimed(jobs)
    assert job.asked == Asked(model="dall-e-3")
    instead = replace(job.request, model="gpt-image-2", quality="medium")
    sent = await jobs.advance(job, Status.GENERATING, request=instead)
    assert (sent.request, sent.asked) == (instead, job.asked)


async def test_all_processes_know_which_models_were_refused(opening: OpenStorage, clock: MovableClock) -> None:
    async with opening() as one, opening() as other:
        for minutes in (30, 60):
            await one.jobs.refuse_model("dall-e-3", clock.now() + timedelta(minutes=minutes), Fault.MODEL_UNAVAILABLE)
        assert await other.jobs.refused_models() == {"dall-e-3": clock.now() + timedelta(minutes=60)}


async def test_all_processes_know_that_the_gateway_is_out_of_order(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        assert await other.jobs.gateway_down() is None
        await one.jobs.set_gateway_down(Fault.BALANCE)
        assert await other.jobs.gateway_down() is Fault.BALANCE
        await one.jobs.set_gateway_down(None)
        assert await other.jobs.gateway_down() is None


async def test_a_check_passes_while_the_database_is_there(jobs: SqlJobRepository) -> None:
    await jobs.check()
