"""The way into the ledger: one command, one job, and no more than the limits allow."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import BotError
from bot.core.model import Asked, Fault, Job, Limits, Status, Usage
from bot.core.origin import Facts
from bot.core.refusals import BacklogFull, BudgetSpent, Duplicate, QuotaExceeded, TooManyOpen
from bot.core.rules.admission import NewJob
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.held import HeldCommits
from tests.storage.steps import NOW, accepted, brought_to, claimed, held
from tests.support.builders import MovableClock, new_address, new_job, new_limits


async def test_an_accepted_job_is_read_back_as_it_was_given(jobs: SqlJobRepository) -> None:
    new = new_job(prompt="two boats; 'quoted' — and a 🦊", n=2, parent="another")
    job = await accepted(jobs, new)
    assert await jobs.get(new.id) == job
    kept = (job.origin, job.request, job.parent)
    assert kept == (new.origin, new.request, new.parent)
    assert (job.status, job.owner, job.attempt, job.notified) == (Status.QUEUED, None, 0, False)


@pytest.mark.parametrize("admin", [True, False, None])
async def test_an_accepted_job_has_only_the_facts_that_are_stored(jobs: SqlJobRepository, admin: bool | None) -> None:
    new = new_job()
    facts = Facts(admin=admin, moderator=True, age_restricted=True)
    new = replace(new, origin=replace(new.origin, facts=facts))
    job = (await jobs.accept(new, new_limits(), hold=NOW, max_running=8)).job
    assert await jobs.get(new.id) == job


async def test_created_at_is_the_clock_to_the_microsecond(jobs: SqlJobRepository, clock: MovableClock) -> None:
    assert (await accepted(jobs)).created_at == clock.now()


async def test_an_unknown_id_reads_as_nothing(jobs: SqlJobRepository) -> None:
    assert await jobs.get("nobody's") is None


async def test_characters_that_no_database_holds_do_not_stop_a_job(jobs: SqlJobRepository) -> None:
    job = await accepted(jobs, new_job(prompt="a\0boat\ud83d"))
    assert job.request.prompt == "aboat?"


async def test_a_redelivered_key_is_a_duplicate_of_the_first_job(jobs: SqlJobRepository) -> None:
    first = await accepted(jobs, new_job(key="the-same"))
    with pytest.raises(Duplicate) as refused:
        await accepted(jobs, new_job("test:grace", key="the-same"))
    assert refused.value.job == first.id


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.CANCELLED, Status.UNKNOWN])
async def test_an_event_that_comes_again_after_months_is_still_a_duplicate(
    jobs: SqlJobRepository, clock: MovableClock, status: Status
) -> None:
    first = await brought_to(jobs, status, new_job(key="the-same"))
    clock.move(timedelta(days=100).total_seconds())
    with pytest.raises(Duplicate) as refused:
        await accepted(jobs, new_job(key="the-same"))
    assert refused.value.job == first.id


async def test_one_key_seen_at_once_by_two_replicas_makes_one_job(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        outcomes = await _together(
            *((replica.jobs, new_job(key="the-same"), new_limits()) for replica in (one, other) for _ in range(5))
        )
        assert sorted(_names(outcomes)) == ["Duplicate"] * 9 + ["Job"]


async def test_a_double_press_of_one_button_is_a_duplicate(jobs: SqlJobRepository, clock: MovableClock) -> None:
    first = await accepted(jobs, new_job(parent="shown"))
    clock.move(1.9)
    with pytest.raises(Duplicate) as refused:
        await accepted(jobs, new_job(parent="shown"))
    assert refused.value.job == first.id


@pytest.mark.parametrize(
    ("second", "seconds"),
    [
        (new_job(parent="shown"), 2.1),
        (new_job(parent="shown", prompt="another"), 0),
        (new_job(parent="shown", n=2), 0),
        (new_job("test:grace", parent="shown"), 0),
        (new_job(parent="another"), 0),
        (new_job(parent=None), 0),
    ],
    ids=["later", "another prompt", "another number", "another user", "another button", "a command"],
)
async def test_what_is_no_double_press_is_accepted(
    jobs: SqlJobRepository, clock: MovableClock, second: NewJob, seconds: float
) -> None:
    await accepted(jobs, new_job(parent="shown"))
    clock.move(seconds)
    assert (await accepted(jobs, second)).status is Status.QUEUED


async def test_a_double_press_is_one_also_if_the_worker_has_chosen_another_model_meanwhile(
    jobs: SqlJobRepository,
) -> None:
    left_to_the_bot = Asked(model="dall-e-3")
    first = await accepted(jobs, replace(new_job(parent="shown"), asked=left_to_the_bot))
    job = await claimed(jobs)
    await jobs.advance(job, Status.GENERATING, request=replace(job.request, model="gpt-image-2", quality="medium"))
    with pytest.raises(Duplicate) as refused:
        await accepted(jobs, replace(new_job(parent="shown"), asked=left_to_the_bot))
    assert refused.value.job == first.id


async def test_the_same_command_twice_is_two_jobs(jobs: SqlJobRepository) -> None:
    await accepted(jobs, new_job())
    assert (await accepted(jobs, new_job())).status is Status.QUEUED


async def test_a_press_after_a_cancelled_one_counts(jobs: SqlJobRepository) -> None:
    first = await accepted(jobs, new_job(parent="shown"))
    await jobs.cancel(first.id)
    assert (await accepted(jobs, new_job(parent="shown"))).status is Status.QUEUED


async def test_the_quota_refuses_what_would_exceed_it_and_says_why(jobs: SqlJobRepository) -> None:
    limits = new_limits(quota=5)
    await brought_to(jobs, Status.DELIVERED, new_job(n=2), images=2)
    await accepted(jobs, new_job(n=2), limits)
    with pytest.raises(QuotaExceeded) as refused:
        await accepted(jobs, new_job(n=2), limits)
    error = refused.value
    assert (error.asked, error.used, error.reserved, error.quota, error.window) == (2, 2, 2, 5, limits.window)
    assert (await accepted(jobs, new_job(n=1), limits)).status is Status.QUEUED


async def test_a_refused_command_leaves_nothing_behind(jobs: SqlJobRepository) -> None:
    new = new_job(n=2)
    with pytest.raises(QuotaExceeded):
        await accepted(jobs, new, new_limits(quota=1))
    assert await jobs.get(new.id) is None
    assert (await accepted(jobs, new)).id == new.id


async def test_of_fifty_requests_at_once_with_three_left_exactly_three_are_accepted(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        limits = new_limits(quota=3)
        outcomes = await _together(*((replica.jobs, new_job(), limits) for replica in (one, other) for _ in range(25)))
        assert sorted(_names(outcomes)) == ["Job"] * 3 + ["QuotaExceeded"] * 47


async def test_of_twelve_people_at_once_two_get_what_is_left_of_the_budget(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        asked = [(replica.jobs, f"test:{number}") for replica in (one, other) for number in range(6)]
        outcomes = await _together(*((jobs, new_job(who), new_limits(budget=2)) for jobs, who in asked))
        assert sorted(_names(outcomes)) == ["BudgetSpent"] * 10 + ["Job"] * 2


async def test_a_new_window_has_the_whole_quota(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs, new_job(n=3), new_limits(quota=3))
    clock.move(24 * 3600)
    assert (await accepted(jobs, new_job(n=3), new_limits(quota=3, moment=clock.now()))).status is Status.QUEUED


@pytest.mark.parametrize("status", [Status.QUEUED, Status.GENERATING, Status.DELIVERING])
async def test_open_jobs_are_limited(jobs: SqlJobRepository, status: Status) -> None:
    await brought_to(jobs, status)
    with pytest.raises(TooManyOpen):
        await accepted(jobs, new_job(), new_limits(open_jobs=1))
    assert (await accepted(jobs, new_job("test:grace"), new_limits(open_jobs=1))).status is Status.QUEUED


async def test_an_ended_job_is_not_open(jobs: SqlJobRepository) -> None:
    await brought_to(jobs, Status.FAILED)
    assert (await accepted(jobs, new_job(), new_limits(open_jobs=1))).status is Status.QUEUED


async def test_the_backlog_is_limited_over_all_users(jobs: SqlJobRepository) -> None:
    await brought_to(jobs, Status.GENERATING)
    await accepted(jobs, new_job("test:ada"))
    with pytest.raises(BacklogFull):
        await accepted(jobs, new_job("test:grace"), new_limits(backlog=1))


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (Status.QUEUED, 3),
        (Status.GENERATING, 3),
        (Status.DELIVERING, 2),
        (Status.DELIVERED, 2),
        (Status.UNDELIVERED, 2),
        (Status.CANCELLED, 0),
        (Status.STOPPED, 3),
        (Status.FAILED, 0),
        (Status.UNKNOWN, 3),
    ],
)
async def test_the_budget_counts_what_was_or_may_be_billed(
    jobs: SqlJobRepository, status: Status, counted: int
) -> None:
    await brought_to(jobs, status, new_job(n=3), images=2)
    await spent(jobs, counted)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.GENERATING, Status.DELIVERED, Status.STOPPED, Status.UNKNOWN])
async def test_test_pictures_count_for_nobody_and_are_let_in_when_nothing_is_left(
    jobs: SqlJobRepository, status: Status
) -> None:
    test = replace(new_job(n=2), asked=Asked(model="dall-e-3", test=True))
    assert (await brought_to(jobs, status, test)).asked == test.asked
    assert await jobs.usage(test.origin.user.id, new_limits().window) == Usage(used=0, reserved=0)
    await accepted(jobs, new_job(), new_limits(quota=1, budget=1))
    with pytest.raises(QuotaExceeded):
        await accepted(jobs, new_job(), new_limits(quota=1))
    await accepted(jobs, replace(new_job(), asked=Asked(model="dall-e-3", test=True)), new_limits(quota=0, budget=0))


@pytest.mark.parametrize(("fault", "counted"), [(Fault.CONTENT_POLICY, 2), (Fault.TIMEOUT, 3), (Fault.BAD_IMAGE, 3)])
async def test_the_budget_counts_what_is_missing_if_it_may_be_billed(
    jobs: SqlJobRepository, fault: Fault, counted: int
) -> None:
    job = await brought_to(jobs, Status.DELIVERING, new_job(n=3), images=2)
    await jobs.advance(job, Status.DELIVERED, fault=fault)
    await spent(jobs, counted)


async def test_a_job_is_of_the_period_whose_limits_it_was_held_against(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    limits = new_limits(quota=1)
    clock.moment = limits.window.end  # the day ends while it waits for its turn
    await accepted(jobs, limits=limits)
    with pytest.raises(QuotaExceeded):
        await accepted(jobs, limits=limits)
    assert (await accepted(jobs, limits=new_limits(quota=1, moment=clock.moment))).status is Status.QUEUED


async def spent(jobs: SqlJobRepository, images: int) -> None:
    """Check that so many images of the budget are spent."""
    with pytest.raises(BudgetSpent):
        await accepted(jobs, new_job("test:grace"), new_limits(budget=images))
    assert (await accepted(jobs, new_job("test:grace"), new_limits(budget=images + 1))).status is Status.QUEUED


async def test_a_held_job_is_claimed_only_once_it_is_confirmed(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    assert await jobs.claim("ada-worker", max_running=8) is None
    shown = new_address("newer-token")
    await jobs.confirm(job.id, shown)
    assert (await claimed(jobs)).origin.address == shown


async def test_a_hold_ends_by_itself(jobs: SqlJobRepository, clock: MovableClock) -> None:
    job = await held(jobs)
    clock.move(30)
    assert (await claimed(jobs)).id == job.id


async def test_where_a_cancelled_job_is_seen_is_kept_until_somebody_tells_its_end(jobs: SqlJobRepository) -> None:
    job = await held(jobs)
    await jobs.cancel(job.id)
    shown = new_address("newer-token")
    assert await jobs.confirm(job.id, shown)
    told = await claimed(jobs)
    assert (told.status, told.origin.address) == (Status.CANCELLED, shown)
    await jobs.mark_notified(told)
    assert not await jobs.confirm(job.id, new_address("late"))
    ended = await jobs.get(job.id)
    assert ended
    assert ended.origin.address.tokens == {}


async def test_a_late_confirmation_changes_nothing(jobs: SqlJobRepository, clock: MovableClock) -> None:
    await accepted(jobs)
    job = await claimed(jobs)
    assert not await jobs.confirm(job.id, new_address("late"))
    assert await jobs.get(job.id) == job
    await jobs.defer(job, clock.now() + timedelta(seconds=60))
    await jobs.confirm(job.id, new_address("late"))
    assert await jobs.claim("ada-worker", max_running=8) is None


async def test_a_withdrawn_job_is_cancelled_free_and_told(jobs: SqlJobRepository) -> None:
    limits = new_limits(quota=1)
    job = await accepted(jobs, new_job(), limits)
    assert await jobs.withdraw(job.id)
    gone = await jobs.get(job.id)
    assert gone is not None
    assert (gone.status, gone.notified, gone.origin.address.tokens) == (Status.CANCELLED, True, {})
    assert await jobs.claim("ada-worker", max_running=8) is None
    assert (await accepted(jobs, new_job(), limits)).status is Status.QUEUED


async def test_what_a_worker_has_taken_is_not_withdrawn(jobs: SqlJobRepository) -> None:
    await accepted(jobs)
    job = await claimed(jobs)
    assert not await jobs.withdraw(job.id)
    assert await jobs.get(job.id) == job


async def test_nothing_can_be_withdrawn_that_is_not_there(jobs: SqlJobRepository) -> None:
    assert not await jobs.withdraw("nobody's")


async def test_an_accept_that_was_cut_short_is_stopped_by_its_withdrawal(opening: OpenStorage) -> None:
    """Cut it at many points; whether it had committed or not, no job may remain."""
    async with opening() as storage:
        for pause in range(40):
            new = new_job()
            accept = asyncio.create_task(storage.jobs.accept(new, new_limits(), hold=NOW, max_running=8))
            await asyncio.sleep(pause / 4000)
            accept.cancel()
            await storage.jobs.withdraw(new.id)
            await asyncio.gather(accept, return_exceptions=True)
            job = await storage.jobs.get(new.id)
            assert job is None or job.status is Status.CANCELLED
        assert (await storage.jobs.counts())[Status.QUEUED] == 0


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_withdrawal_waits_for_an_accept_that_is_committing(opening: OpenStorage, database_url: str) -> None:
    async with opening() as storage, HeldCommits(database_url) as commits:
        new = new_job()
        accept = asyncio.create_task(storage.jobs.accept(new, new_limits(), hold=NOW, max_running=8))
        await commits.begun()
        accept.cancel()
        withdrawing = asyncio.create_task(storage.jobs.withdraw(new.id))
        await asyncio.wait({withdrawing}, timeout=0.1)
        assert not withdrawing.done()
        commits.release()
        assert await withdrawing
        job = await storage.jobs.get(new.id)
        assert job is not None
        assert job.status is Status.CANCELLED


async def test_keys_are_not_mixed_up_with_ids(jobs: SqlJobRepository) -> None:
    first = await accepted(jobs)
    assert (await accepted(jobs, new_job(key=first.id))).origin.key == first.id


async def _together(*asked: tuple[SqlJobRepository, NewJob, Limits]) -> list[Job | BaseException]:
    calls = (accepted(repository, new, limits) for repository, new, limits in asked)
    return await asyncio.gather(*calls, return_exceptions=True)


def _names(outcomes: list[Job | BaseException]) -> list[str]:
    assert all(isinstance(outcome, Job | BotError) for outcome in outcomes), outcomes
    return [type(outcome).__name__ for outcome in outcomes]
