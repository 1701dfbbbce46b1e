"""Word that work may be due: within a process, and between replicas where the database carries it."""

import asyncio

import pytest
from sqlalchemy import text

from storage import Storage
from tests.storage.conftest import OpenStorage
from tests.storage.steps import confirmed

LONG = 600.0
"""Longer than any test: a caller that returns in time was woken."""


async def test_a_waiter_is_woken(own_storage: Storage) -> None:
    waiter = asyncio.create_task(own_storage.wakeup.wait(LONG))
    await asyncio.sleep(0)
    own_storage.wakeup.notify()
    await asyncio.wait_for(waiter, 60)


async def test_word_given_before_the_wait_counts(own_storage: Storage) -> None:
    own_storage.wakeup.notify()
    await asyncio.wait_for(own_storage.wakeup.wait(LONG), 60)


async def test_the_wait_ends_by_itself(own_storage: Storage) -> None:
    await asyncio.wait_for(own_storage.wakeup.wait(0.01), 60)


async def test_a_job_that_was_seen_wakes_the_worker(own_storage: Storage) -> None:
    await confirmed(own_storage.jobs)
    await asyncio.wait_for(own_storage.wakeup.wait(LONG), 60)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_job_seen_through_one_replica_wakes_another(opening: OpenStorage) -> None:
    async with opening() as one, opening() as other:
        waiter = asyncio.create_task(other.wakeup.wait(LONG))
        await confirmed(one.jobs)
        await asyncio.wait_for(waiter, 60)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_cut_connection_is_made_again_with_its_lock_and_its_ears(opening: OpenStorage) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    async with opening() as one, opening() as other:
        await confirmed(one.jobs)
        assert await one.jobs.claim(one.owner, max_running=8)
        await other.database.read(
            lambda connection: connection.execute(text(f"{others} AND pid <> pg_backend_pid()")).all()
        )
        assert await other.jobs.take_over(other.owner) == ()  # its owner lives, though its lock was free for a moment
        assert await one.liveness.is_alive(other.owner)
        waiter = asyncio.create_task(other.wakeup.wait(LONG))
        await confirmed(one.jobs)
        await asyncio.wait_for(waiter, 60)
