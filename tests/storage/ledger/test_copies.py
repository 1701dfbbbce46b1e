"""Further messages that show a job's images: the ledger knows all of them, no matter who writes the job's address."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.copies import PART, Copy, copies_in, with_copies
from bot.core.model import Status
from bot.core.origin import Conversation
from bot.core.refusals import Busy, Duplicate, JobNotFound, ShownOften
from bot.core.rules.copying import MOST
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import brought_to, claimed
from tests.support.builders import MOMENT, new_address

LATER = MOMENT + timedelta(days=1)
THERE = replace(new_address(), tokens={}, link="")
PRESSED = MOMENT.replace(microsecond=0)
COPY = Copy(id="one press", at=PRESSED, conversation="test:there", channel="", address=THERE)


def another(name: str, *, seconds: int = 10) -> Copy:
    return replace(COPY, id=name, at=PRESSED + timedelta(seconds=seconds))


async def test_they_stay_known_in_every_place_for_the_job_and_until_it_is_deleted(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERED)
    await jobs.add_copy(job.id, replace(COPY, address=replace(THERE, place={})))
    assert await jobs.set_copy(job.id, COPY)
    fresh = replace(new_address(), place={"room": "another"})
    assert await jobs.reopen(job.id, fresh, instead_of=None, left=another("left"))
    shown = await jobs.mark_notified(await claimed(jobs))
    assert [copy.id for copy in shown.copies] == ["one press", "left"]
    assert shown.copies[0] == COPY
    old = shown.origin.address
    assert await jobs.move(job.id, old, fresh)
    await jobs.drop_copy(job.id, "left")
    assert (await jobs.delete(job.id, "test:ada", fresh)).copies == (COPY,)
    with pytest.raises(JobNotFound):
        await jobs.add_copy(job.id, another("late"))
    assert not await jobs.set_copy(job.id, another("late"))


async def test_one_press_is_one_copy_and_there_is_an_end_to_them(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERED)
    await jobs.add_copy(job.id, COPY)
    for again in (replace(COPY, at=LATER), another("a double click", seconds=2)):
        with pytest.raises(Duplicate):
            await jobs.add_copy(job.id, again)
    for number in range(1, MOST):
        await jobs.add_copy(job.id, another(f"press {number}", seconds=10 * number))
    with pytest.raises(ShownOften):
        await jobs.add_copy(job.id, another("one more", seconds=1000))


async def test_only_the_worker_that_shows_the_job_now_writes_its_address(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERED)
    await jobs.add_copy(job.id, COPY)
    assert await jobs.reopen(job.id, new_address())
    held = await claimed(jobs)
    with pytest.raises(Busy):
        await jobs.add_copy(job.id, another("a press"))
    assert not await jobs.set_copy(job.id, replace(COPY, at=LATER))
    await jobs.drop_copy(job.id, COPY.id)
    assert (await jobs.mark_notified(held)).copies == (COPY,)


async def test_jobs_whose_copies_have_files_are_found_by_them(jobs: SqlJobRepository) -> None:
    job = await brought_to(jobs, Status.DELIVERED)

    async def found(part: str) -> object:
        return await jobs.shown_with(part, job.origin.address.platform, before=LATER, after="", size=9)

    await jobs.add_copy(job.id, replace(COPY, address=replace(THERE, place={"files": "1/0=F1"})))
    assert (await found("files"), await found("file")) == ([job.id], [])


@pytest.mark.parametrize("written", ["", "{}", "[1]", '[{"id": "x"}]', '[{"id":"x","at":1e99,"place":{}}]', "null"])
def test_what_another_release_wrote_in_another_way_is_no_copy(written: str) -> None:
    assert copies_in(replace(THERE, place={PART: written})) == ()


def test_they_are_read_as_they_were_written() -> None:
    held = with_copies(THERE, [COPY, replace(COPY, id="2", address=with_copies(THERE, [COPY]))])
    assert copies_in(held) == (COPY, replace(COPY, id="2"))
    assert with_copies(held, ()) == THERE


def test_others_are_where_a_copy_is_in_a_channel_that_workspaces_share_too() -> None:
    shared = replace(COPY, channel="test:C1")
    assert shared.is_in(Conversation(id="test:there"))
    assert shared.is_in(Conversation(id="test:another", channel="test:C1"))
    assert not replace(COPY, conversation="").is_in(Conversation(id=""))
