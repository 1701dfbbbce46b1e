"""Writes that share a commit: each has its own outcome, also if another one fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from bot.core.errors import StorageError
from storage.database.database import Database
from storage.database.sqlite_schema import schema_engine
from tests.storage.held import Held


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
    """Let writes wait together, behind one that is slow."""
    slow = Held(count(0))
    tasks = [asyncio.create_task(database.write(slow))]
    await slow.begun()
    tasks += [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    slow.release()
    return tasks


async def test_what_is_to_be_first_goes_before_what_has_waited_longer_and_others_go_on(database: Database) -> None:
    ran: list[str] = []

    def note(name: str) -> Callable[[Connection], None]:
        return lambda _: ran.append(name)

    slow = Held(count(0))
    tasks = [asyncio.create_task(database.write(slow))]
    await slow.begun()
    others, firsts = [f"other {number}" for number in range(60)], [f"first {number}" for number in range(60)]
    tasks += [asyncio.create_task(database.write(note(name))) for name in others]
    tasks += [asyncio.create_task(database.write(note(name), first=True)) for name in firsts]
    await asyncio.sleep(0)
    slow.release()
    await asyncio.gather(*tasks)
    by_turns = [*firsts[:24], *others[:8], *firsts[24:48], *others[8:16], *firsts[48:], *others[16:]]
    assert ran == by_turns


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


async def test_an_iterator_that_ends_too_early_fails_nobody_else(database: Database) -> None:
    def end(connection: Connection) -> object:
        count(99)(connection)
        return next(iter(()))

    _, one, failed, other = await behind_a_slow_one(database, count(1), end, count(2))
    assert (await one, await other) == (1, 2)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await failed
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


async def test_a_caller_that_gives_up_before_the_commit_has_written_nothing(database: Database) -> None:
    held = Held(count(2))
    _, one, given_up, slow = await behind_a_slow_one(database, count(1), count(99), held)
    await held.begun()  # the group is at its last member, and has its savepoints behind it
    given_up.cancel()
    await asyncio.wait({given_up}, timeout=1)
    held.release()
    assert (await one, await slow) == (1, 2)
    assert given_up.cancelled()
    assert await counted(database) == [0, 1, 2]


async def test_a_read_that_is_given_up_in_the_queue_never_begins(database: Database) -> None:
    begun: list[bool] = []
    held = [Held(lambda connection: connection.scalar(text("SELECT 1"))) for _ in range(3)]
    slow = [asyncio.create_task(database.read(work)) for work in held]
    for work in held:
        await work.begun()
    waiting = asyncio.create_task(database.read(lambda _: begun.append(True)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})  # before that, it may get its turn
    for work in held:
        work.release()
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


async def test_only_writes_keep_in_memory_what_is_temporary(database: Database, tmp_path: Path) -> None:
    def place(connection: Connection) -> object:
        return connection.scalar(text("PRAGMA temp_store"))

    async with schema_engine(make_url(f"sqlite+aiosqlite:///{tmp_path}/ledger.db"), 1).connect() as migrating:
        default, memory = 0, 2
        places = await database.write(place), await database.read(place), await migrating.run_sync(place)
    assert places == (memory, default, default)
