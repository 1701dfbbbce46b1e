"""Looks for jobs that come to wait: at once if a place may be free, and not for each of many while all are taken."""

import asyncio

import pytest

from bot.core.model import Status
from storage import Storage
from storage.ledger.place_watch import PlaceWatch
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import brought_to, confirmed
from tests.support.builders import MovableClock


class Calls:
    """Stands for the wakeup: counts the calls to look for work."""

    def __init__(self) -> None:
        self.made = 0
        self._next = asyncio.Event()

    def notify(self) -> None:
        self.made += 1
        self._next.set()

    async def wait(self, seconds: float) -> None:
        self._next.clear()
        async with asyncio.timeout(seconds):
            await self._next.wait()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def jobs(storage: Storage, clock: MovableClock, calls: Calls) -> SqlJobRepository:
    return SqlJobRepository(storage.database, owner="ada-worker", clock=clock, liveness=storage.liveness, wakeup=calls)


async def look(jobs: SqlJobRepository) -> None:
    """Look for work as a worker does, and find nothing."""
    assert await jobs.claim("ada-worker", max_running=1) is None


async def test_somebody_looks_at_once_while_a_place_is_free(jobs: SqlJobRepository, calls: Calls) -> None:
    await look(jobs)
    await confirmed(jobs)
    assert calls.made == 1


async def test_somebody_looks_soon_while_all_places_are_taken(jobs: SqlJobRepository, calls: Calls) -> None:
    await brought_to(jobs, Status.GENERATING)
    await look(jobs)
    for _ in range(2):
        before = calls.made
        await confirmed(jobs)
        assert calls.made == before
        await calls.wait(60)


async def test_a_place_that_is_left_is_looked_at_at_once(jobs: SqlJobRepository, calls: Calls) -> None:
    running = await brought_to(jobs, Status.GENERATING)
    await confirmed(jobs)
    await look(jobs)
    before = calls.made
    await jobs.advance(running, Status.FAILED)
    assert calls.made == before + 1


async def test_a_job_that_comes_after_a_place_was_left_is_looked_at_at_once(
    jobs: SqlJobRepository, calls: Calls
) -> None:
    running = await brought_to(jobs, Status.GENERATING)
    await look(jobs)
    await jobs.advance(running, Status.FAILED)
    before = calls.made
    await confirmed(jobs)
    assert calls.made == before + 1


async def test_a_look_during_which_a_place_was_left_may_have_seen_it_taken(calls: Calls) -> None:
    places = PlaceWatch(calls.notify)
    left_before = places.left
    places.leaves()
    places.looked(waiting=True, full=True, left_before=left_before)
    before = calls.made
    places.waits()
    assert calls.made == before + 1
