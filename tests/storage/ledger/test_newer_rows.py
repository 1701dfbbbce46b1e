"""Rows that a newer release wrote: words are read leniently, and unreadable rows are left to a newer process."""

import json

import pytest
from sqlalchemy import text

from bot.core.model import Fault, Job, Status
from bot.core.refusals import BudgetSpent, GatewayDown, UnreadableJob
from storage import Storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.conftest import OpenStorage
from tests.storage.steps import accepted, brought_to, claimed
from tests.support.builders import MovableClock, day_of, new_address, new_image, new_job, new_limits

LEASE = 16


async def change(storage: Storage, job: Job, **columns: object) -> None:
    """Write as another release might."""
    sets = ", ".join(
        f"{name} = " + (f"CAST(:{name} AS TEXT)" if isinstance(value, bytes) else f":{name}")
        for name, value in columns.items()
    )
    await storage.database.write(
        lambda connection: connection.execute(text(f"UPDATE jobs SET {sets} WHERE id = :id"), {"id": job.id, **columns})
    )


UNREADABLE = [
    {"place": "[1, 2]"},
    {"place": '{"channel": 7}'},
    {"tokens": '"none"'},
    {"images": '[{"name": "0.png"}]'},
    {"images": "7"},
    {"created_at": 9_000_000_000_000_000_000},
]
ONLY_IN_SQLITE = [{"place": "no JSON"}, {"prompt": b"\xff\xfe"}, {"images": ""}, {"created_at": "yesterday"}]


@pytest.mark.parametrize("columns", UNREADABLE, ids=str)
async def test_a_row_that_can_not_be_read_is_set_aside_and_the_next_is_taken(
    storage: Storage, columns: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    await is_set_aside(storage, columns, caplog)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("columns", ONLY_IN_SQLITE, ids=str)
async def test_what_only_sqlite_can_hold_is_set_aside_too(
    storage: Storage, columns: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    await is_set_aside(storage, columns, caplog)


async def is_set_aside(storage: Storage, columns: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    odd, plain = [await accepted(storage.jobs, new_job(user)) for user in ("test:ada", "test:grace")]
    await change(storage, odd, **columns)
    assert (await claimed(storage.jobs, storage.owner)).id == plain.id
    assert await storage.jobs.claim(storage.owner, max_running=8) is None
    assert storage.jobs.set_aside == [odd.id]
    assert caplog.text.count(f"job {odd.id} can't be read") == 1
    assert "Traceback" not in caplog.text
    for look in (storage.jobs.get, storage.jobs.cancel):
        with pytest.raises(UnreadableJob):
            await look(odd.id)
    assert (await storage.jobs.history("test:ada", size=4)).jobs == ()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_where_a_row_is_shown_is_not_changed_while_that_can_not_be_read(storage: Storage) -> None:
    job = await brought_to(storage.jobs, Status.DELIVERED)
    await change(storage, job, place="no JSON")
    here, there = job.origin.address, new_address("another-token")
    for changed in (
        storage.jobs.reopen(job.id, there),
        storage.jobs.reopen(job.id, there, instead_of=here),
        storage.jobs.move(job.id, here, there),
        storage.jobs.delete(job.id, "test:ada", there),
        storage.jobs.drop_copy(job.id, "a copy"),
    ):
        with pytest.raises(UnreadableJob):
            await changed


async def test_a_page_of_the_history_shows_what_can_be_read(storage: Storage) -> None:
    jobs = [await brought_to(storage.jobs, Status.DELIVERED) for _ in range(5)]
    await change(storage, jobs[3], images="7")
    page = await storage.jobs.history("test:ada", size=3)
    assert [job.id for job in page.jobs] == [jobs[4].id, jobs[2].id]
    assert page.older is not None
    older = await storage.jobs.history("test:ada", size=3, cursor=page.older)
    assert [job.id for job in older.jobs] == [jobs[1].id, jobs[0].id]


async def test_the_dead_are_taken_over_from_beside_a_row_that_can_not_be_read(
    storage: Storage, clock: MovableClock
) -> None:
    for user in ("test:ada", "test:grace"):
        await accepted(storage.jobs, new_job(user))
    odd, plain = [await claimed(storage.jobs, "gone") for _ in range(2)]
    await change(storage, odd, place="[1]")
    clock.move(LEASE)
    assert [job.id for job in await storage.jobs.take_over(storage.owner)] == [plain.id]
    assert (await claimed(storage.jobs, storage.owner)).id == plain.id
    assert storage.jobs.set_aside == [odd.id]


async def test_the_last_process_ends_what_nobody_can_read(
    storage: Storage, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    odd = await accepted(storage.jobs)
    await change(storage, odd, place="[1]")
    assert await storage.jobs.claim(storage.owner, max_running=8) is None
    clock.move(LEASE)
    await storage.jobs.take_over(storage.owner)
    assert f"job {odd.id} can't be read by any process that lives" in caplog.text
    await storage.jobs.take_over(storage.owner)
    assert storage.jobs.set_aside == []
    await change(storage, odd, place="{}")
    ended = await storage.jobs.get(odd.id)
    assert ended
    assert (ended.status, ended.fault, ended.notified) == (Status.UNKNOWN, Fault.UNCLEAR, True)
    assert ended.origin.address.tokens == {}


async def test_what_a_living_process_may_be_able_to_read_is_not_ended(
    opening: OpenStorage, clock: MovableClock
) -> None:
    async with opening() as old:
        async with opening():  # the newer one
            odd = await accepted(old.jobs)
            await change(old, odd, place="[1]")
            assert await old.jobs.claim(old.owner, max_running=8) is None
            for _ in range(3):
                clock.move(LEASE)
                await old.jobs.take_over(old.owner)
        await old.jobs.take_over(old.owner)  # only now is it alone, and it may not be for long
        assert (await old.jobs.counts())[Status.QUEUED] == 1
        clock.move(LEASE)
        await old.jobs.take_over(old.owner)
        assert (await old.jobs.counts())[Status.UNKNOWN] == 1


async def test_what_a_newer_process_has_seen_to_is_no_longer_set_aside(storage: Storage) -> None:
    odd = await accepted(storage.jobs)
    await change(storage, odd, place="[1]")
    assert await storage.jobs.claim(storage.owner, max_running=8) is None
    await change(storage, odd, status="delivered", told=True)
    await storage.jobs.take_over(storage.owner)
    assert storage.jobs.set_aside == []


async def test_words_that_are_not_known_are_unclear(storage: Storage) -> None:
    job = await brought_to(storage.jobs, Status.DELIVERED)
    await change(storage, job, status="archived", fault="of a kind to come")
    read = await storage.jobs.get(job.id)
    assert read
    assert (read.status, read.fault) == (Status.UNCLEAR, Fault.UNCLEAR)
    assert [listed.id for listed in (await storage.jobs.history(job.origin.user.id, size=4)).jobs] == [job.id]
    assert (await storage.jobs.counts())[Status.UNCLEAR] == 1
    assert await storage.jobs.claim(storage.owner, max_running=8) is None


async def test_an_image_that_more_is_known_of_is_read(storage: Storage) -> None:
    job = await brought_to(storage.jobs, Status.DELIVERED)
    image = new_image(job.id)
    more = [{"key": image.key, "media_type": "image/png", "width": 1024, "height": 1024, "size": 2048, "seed": 7}]
    await change(storage, job, images=json.dumps(more))
    read = await storage.jobs.get(job.id)
    assert read
    assert read.images == (image,)


async def test_what_is_unclear_costs_the_budget_and_not_the_person(storage: Storage, clock: MovableClock) -> None:
    job = await brought_to(storage.jobs, Status.FAILED, new_job(n=3))
    await change(storage, job, status="archived")
    usage = await storage.jobs.usage(job.origin.user.id, day_of(clock.now()))
    assert (usage.used, usage.reserved) == (0, 0)
    await accepted(storage.jobs, limits=new_limits(budget=4))
    with pytest.raises(BudgetSpent):
        await accepted(storage.jobs, limits=new_limits(budget=4))


async def test_a_gate_closed_for_a_reason_to_come_is_closed(jobs: SqlJobRepository, storage: Storage) -> None:
    await storage.database.write(lambda connection: connection.execute(text("UPDATE gate SET out_of_order = 'flood'")))
    assert await jobs.gateway_down() is Fault.GATEWAY
    with pytest.raises(GatewayDown):
        await accepted(jobs)
