"""Writes that share a commit: each has its own outcome, whatever becomes of its neighbours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.core.errors import StorageError
from storage.database.database import Database

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT max(i) FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(f"sqlite:///{tmp_path}/ledger.db") as database:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE tally (number integer)")))
        yield database


def count(number: int, afterwards: str = "SELECT 1") -> Callable[[Connection], int]:
    """Insert a number, then run another statement, and give the number."""

    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO tally VALUES (:number)"), {"number": number})
        connection.execute(text(afterwards))
        return number

    return work


def refuse(connection: Connection) -> None:
    count(99)(connection)
    raise LookupError("a refusal, say")


async def counted(database: Database) -> list[int]:
    found = await database.read(lambda connection: connection.scalars(text("SELECT number FROM tally")).all())
    return sorted(found)


async def behind_a_slow_one(database: Database, *works: Callable[[Connection], object]) -> list[asyncio.Task[object]]:
    """Let writes wait together, behind one that takes a while."""
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(database.write(count(0, SLOW)))]
    await asyncio.sleep(0.05)
    tasks += [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    return tasks


async def test_each_of_a_group_gets_its_own_result(database: Database) -> None:
    tasks = await behind_a_slow_one(database, *(count(number) for number in range(1, 101)))
    assert await asyncio.gather(*tasks) == list(range(101))
    assert await counted(database) == list(range(101))


async def test_a_refusal_rolls_back_itself_alone(database: Database) -> None:
    _, one, refused, other = await behind_a_slow_one(database, count(1), refuse, count(2))
    assert (await one, await other) == (1, 2)
    with pytest.raises(LookupError):
        await refused
    assert await counted(database) == [0, 1, 2]


async def test_a_failing_statement_fails_nobody_else(database: Database) -> None:
    _, one, failed, other = await behind_a_slow_one(database, count(1), count(99, "SELECT * FROM nowhere"), count(2))
    assert (await one, await other) == (1, 2)
    with pytest.raises(StorageError):
        await failed
    assert await counted(database) == [0, 1, 2]


async def test_what_rolls_back_the_whole_transaction_costs_the_others_nothing(database: Database) -> None:
    _, one, failed, other = await behind_a_slow_one(
        database, count(1), count(99, "INSERT OR ROLLBACK INTO gate SELECT * FROM gate"), count(2)
    )
    assert (await one, await other) == (1, 2)
    with pytest.raises(StorageError):
        await failed
    assert await counted(database) == [0, 1, 2]


async def test_whoever_gives_up_before_the_commit_has_written_nothing(database: Database) -> None:
    first, one, given_up, slow = await behind_a_slow_one(database, count(1), count(99), count(2, SLOW))
    await first
    await asyncio.sleep(0.05)  # the group is at its slow last member, and has its savepoints behind it
    given_up.cancel()
    assert (await one, await slow) == (1, 2)
    assert given_up.cancelled()
    assert await counted(database) == [0, 1, 2]


async def test_a_read_that_is_given_up_in_the_queue_never_begins(database: Database) -> None:
    begun: list[bool] = []
    slow = [asyncio.create_task(database.read(lambda connection: connection.scalar(text(SLOW)))) for _ in range(5)]
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(database.read(lambda _: begun.append(True)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(*slow)
    await database.read(lambda _: None)
    assert waiting.cancelled()
    assert begun == []


async def test_what_waits_when_a_database_closes_is_still_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    async with Database.open(url) as database:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE tally (number integer)")))
        tasks = await behind_a_slow_one(database, *(count(number) for number in range(1, 50)))
    assert await asyncio.gather(*tasks) == list(range(50))
