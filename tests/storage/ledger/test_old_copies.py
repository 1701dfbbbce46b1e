"""Which ended jobs a platform still has copies of, and where they are shown without them."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import Status
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import brought_to
from tests.support.builders import MovableClock, new_address, new_job

WITH = replace(new_address(), place={"channel": "C1", "files": "job/0=F1"})
WITHOUT = replace(WITH, place={"channel": "C1"})


async def test_old_jobs_with_copies_are_found_in_order_until_these_are_gone(
    jobs: SqlJobRepository, clock: MovableClock
) -> None:
    old = [await brought_to(jobs, Status.DELIVERED, new_job(f"test:{name}")) for name in ("ada", "grace", "joan")]
    bare = await brought_to(jobs, Status.DELIVERED, new_job("test:zoe"))
    clock.move(timedelta(days=2).total_seconds())
    young = await brought_to(jobs, Status.DELIVERED, new_job("test:mary"))
    for job in (*old, young):
        assert await jobs.reopen(job.id, WITH)
    await jobs.delete(old[2].id, "test:joan", WITH)
    platform, limit = WITH.platform, clock.now() - timedelta(days=1)

    async def found(after: str = "", size: int = 10) -> list[str]:
        return list(await jobs.shown_with("files", platform, before=limit, after=after, size=size))

    ids = sorted(job.id for job in old[:2])
    assert bare.id not in ids
    assert await found() == ids
    assert await found(size=1) == ids[:1]
    assert await found(ids[0]) == ids[1:]
    assert not await jobs.move(ids[0], WITHOUT, WITHOUT)  # it isn't there
    assert await jobs.move(ids[0], WITH, WITHOUT)
    assert await found() == ids[1:]
