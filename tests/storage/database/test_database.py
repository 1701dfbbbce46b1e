"""The database when things go wrong: locked, full, away, slow, or its caller gone."""

import asyncio
import re
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.core.errors import StorageError
from bot.core.model import Status
from storage import open_storage
from storage.database.database import Database
from tests.storage.conftest import OpenStorage
from tests.storage.held import Held, HeldCommits
from tests.storage.steps import accepted
from tests.support.builders import MovableClock, new_job

COUNT = "SELECT id FROM gate"


def _slow(connection: Connection) -> None:
    """Write, and take a while before the commit: in SQLite a statement that does would occupy the machine, too."""
    _set_auth(connection)
    if connection.dialect.name == "sqlite":
        time.sleep(0.7)
    else:
        connection.execute(text("SELECT pg_sleep(0.7)"))


def _locks(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _fault(connection: Connection) -> object:
    return connection.scalar(text("SELECT out_of_order FROM gate"))


def _set_auth(connection: Connection) -> None:
    connection.execute(text("UPDATE gate SET out_of_order = 'auth'"))


def _set_balance(connection: Connection) -> None:
    connection.execute(text("UPDATE gate SET out_of_order = 'balance'"))


async def test_what_fails_inside_is_rolled_back_and_raised_as_it_is(database_url: str) -> None:
    def fail(connection: Connection) -> None:
        _set_balance(connection)
        raise LookupError("a refusal, say")

    async with Database.open(database_url) as database:
        with pytest.raises(LookupError, match="a refusal, say"):
            await database.write(fail)
        assert database.condition.failures == 0
        assert await database.read(_fault) is None


async def test_a_failing_statement_is_a_storage_error_without_its_values(database_url: str) -> None:
    async with Database.open(database_url) as database:
        with pytest.raises(StorageError) as failed:
            await database.write(
                lambda connection: connection.execute(text("SELECT :prompt FROM nowhere"), {"prompt": "my secret"})
            )
    assert "nowhere" in str(failed.value)
    assert "my secret" not in f"{failed.value}{failed.value.__cause__}"


async def test_a_cancelled_callers_transaction_is_rolled_back(database_url: str) -> None:
    async with Database.open(database_url) as database, Held(_set_auth, database_url) as held:
        caller = asyncio.create_task(database.write(held))
        await held.begun()
        caller.cancel()
        await asyncio.wait({caller}, timeout=0.1)
        held.release()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await database.write(lambda connection: None)  # it waits for the cancelled one to be over
        assert await database.read(_fault) is None


async def test_callers_cancelled_twice_at_any_moment_leave_whole_transactions(database_url: str) -> None:
    def count(connection: Connection) -> None:
        connection.execute(text("INSERT INTO tally VALUES (1)"))
        connection.execute(text("INSERT INTO tally VALUES (2)"))

    async with Database.open(database_url) as database:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE tally (half integer)")))
        for pause in range(60):
            caller = asyncio.create_task(database.write(count))
            await asyncio.sleep(pause / 10_000)
            caller.cancel()
            await asyncio.sleep(0)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
        await database.write(count)
        halves = "SELECT count(*) FILTER (WHERE half = 1), count(*) FILTER (WHERE half = 2) FROM tally"
        first, second = await database.read(lambda connection: connection.execute(text(halves)).one())
        assert first == second > 0


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_no_cancellation_cuts_a_commit(database_url: str) -> None:
    async with Database.open(database_url) as database, HeldCommits(database_url) as commits:
        caller = asyncio.create_task(database.write(_set_balance))
        await commits.begun()
        for _ in range(2):
            caller.cancel()
            await asyncio.sleep(0)
        await asyncio.wait({caller}, timeout=0.2)  # one that can be cut has been, by then
        commits.release()
        with pytest.raises(asyncio.CancelledError):
            await caller
    async with Database.open(database_url) as database:
        assert await database.read(_fault) == "balance"


async def test_replicas_that_read_before_they_write_wait_for_each_other(database_url: str) -> None:
    def add_one(connection: Connection) -> None:
        number = connection.execute(
            text("SELECT id FROM gate FOR UPDATE" if _locks(connection) else COUNT)
        ).scalar_one()
        connection.execute(text("UPDATE gate SET id = :number"), {"number": number + 1})

    async with Database.open(database_url) as one, Database.open(database_url) as other:
        await asyncio.gather(*(database.write(add_one) for database in (one, other) for _ in range(10)))
        assert await one.read(lambda connection: connection.scalar(text(COUNT))) == 21


async def test_a_caller_cancelled_in_the_queue_never_begins(database_url: str) -> None:
    async with Database.open(database_url) as database, Held(_set_auth, database_url) as held:
        first = asyncio.create_task(database.write(held))
        await held.begun()
        waiting = asyncio.create_task(database.write(_set_balance))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.sleep(0)
        held.release()
        await asyncio.gather(first, waiting, return_exceptions=True)
        await database.write(lambda connection: None)
        assert await database.read(_fault) == "auth"


async def test_what_takes_too_long_is_a_storage_error_and_writes_nothing(database_url: str) -> None:
    async with Database.open(database_url, seconds=0.2) as database:
        with pytest.raises(StorageError):
            await database.write(_slow)
        assert database.condition.failures == 1
    async with Database.open(database_url) as database:
        assert await database.read(_fault) is None


async def test_readers_do_not_wait_for_the_writer(database_url: str) -> None:
    async with Database.open(database_url, seconds=30) as database, Held(_set_auth, database_url) as held:
        writer = asyncio.create_task(database.write(held))
        await held.begun()
        assert await database.read(_fault) is None
        assert not writer.done()
        held.release()
        await writer
        assert await database.read(_fault) == "auth"


async def test_all_statements_of_a_read_see_one_state(database_url: str) -> None:
    async with Database.open(database_url, seconds=30) as database, Held(_fault, database_url) as held:
        reader = asyncio.create_task(database.read(lambda connection: (held(connection), _fault(connection))))
        await held.begun()
        await database.write(_set_balance)
        assert not reader.done()
        held.release()
        assert await reader == (None, None)
        assert await database.read(_fault) == "balance"


async def test_a_read_can_not_write(database_url: str) -> None:
    async with Database.open(database_url) as database:
        with pytest.raises(StorageError, match=r"read-?only"):
            await database.read(_set_balance)
        await database.write(_set_balance)
        assert await database.read(_fault) == "balance"


async def test_a_closed_database_leaves_no_thread(database_url: str) -> None:
    before = set(threading.enumerate())
    async with Database.open(database_url) as database:
        await asyncio.gather(*(asked(_fault) for asked in (database.read, database.write) for _ in range(5)))
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert {name for name in left if not name.startswith("asyncio")} == set()  # the event loop keeps its own


async def test_a_database_is_ready_while_it_is_open(database_url: str) -> None:
    async with Database.open(database_url) as database:
        assert database.ready
    assert not database.ready


async def test_what_a_closed_database_is_asked_for_is_a_storage_error(database_url: str) -> None:
    async with Database.open(database_url) as database:
        pass
    for asked in (database.read, database.write):
        with pytest.raises(StorageError, match="closed"):
            await asked(_fault)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_locked_file_is_a_storage_error_and_heals(opening: OpenStorage, tmp_path: Path) -> None:
    async with opening(seconds=2.5) as storage:
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StorageError, match="locked"):
                await accepted(storage.jobs)
            with pytest.raises(StorageError):
                await storage.jobs.check()
            other.execute("ROLLBACK")
        await accepted(storage.jobs)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_locked_row_is_a_storage_error_and_heals(opening: OpenStorage) -> None:
    locked = threading.Event()

    def lock(connection: Connection) -> None:
        connection.execute(text("UPDATE gate SET id = id"))
        locked.set()
        connection.execute(text("SELECT pg_sleep(4)"))

    async with opening(seconds=2.5) as storage, opening() as other:
        holder = asyncio.create_task(other.database.write(lock))
        assert await asyncio.to_thread(locked.wait, 60)
        with pytest.raises(StorageError):
            await accepted(storage.jobs)
        await holder
        await accepted(storage.jobs)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_full_disk_is_a_storage_error_and_heals(opening: OpenStorage, tmp_path: Path) -> None:
    async with opening() as storage:
        await accepted(storage.jobs)
        log = (tmp_path / "ledger.db-wal").stat().st_size
        new = new_job(prompt="x" * 100_000)
        with _files_of_at_most(log + 4096), pytest.raises(StorageError):
            await accepted(storage.jobs, new)
        assert await storage.jobs.get(new.id) is None
        await accepted(storage.jobs, new)
        assert (await storage.jobs.counts())[Status.QUEUED] == 2


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_cut_connections_are_made_again(opening: OpenStorage) -> None:
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with opening() as storage, opening() as other:
        await asyncio.gather(*(storage.jobs.check() for _ in range(4)))
        await other.database.read(lambda connection: connection.execute(text(cut)).all())
        await storage.jobs.check()


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "postgresql://nobody:hush@127.0.0.1:1/none"],
)
async def test_an_address_that_can_not_be_opened_is_a_storage_error_without_its_password(url: str) -> None:
    with pytest.raises(StorageError) as failed:
        async with Database.open(url):
            pass
    assert "hush" not in f"{failed.value}{failed.value.__cause__}"


async def test_a_server_that_refuses_the_user_is_a_storage_error(postgres: str) -> None:
    with pytest.raises(StorageError, match="nobody"):
        async with Database.open(postgres.replace("postgres:@", "nobody:hush@")):
            pass


@pytest.mark.parametrize(
    ("scheme", "query"),
    [
        ("postgres", "sslmode=disable&channel_binding=prefer"),
        ("postgresql+asyncpg", "sslmode=prefer&sslrootcert=/no/such.pem&connect_timeout=10&keepalives=1"),
        ("postgresql+psycopg2", "application_name=imagine&options=-c%20statement_timeout%3D60s&gssencmode=disable"),
    ],
)
async def test_a_hosted_databases_address_is_understood(postgres: str, scheme: str, query: str) -> None:
    address = f"{postgres.replace('postgresql', scheme, 1)}&{query}"
    async with Database.open(address) as database:
        assert await database.read(lambda connection: connection.scalar(text("SELECT 1"))) == 1


async def test_another_programs_address_of_a_file_is_understood(tmp_path: Path) -> None:
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path}/imagine.db"):
        assert (tmp_path / "imagine.db").is_file()


async def test_a_relative_address_is_a_file_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with Database.open("sqlite:///data/imagine.db"):
        pass
    assert (tmp_path / "data" / "imagine.db").is_file()


async def test_a_folder_that_can_not_be_made_is_a_storage_error(tmp_path: Path, clock: MovableClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        async with open_storage(
            database_url=f"sqlite:///{tmp_path}/file/ledger.db", image_store=str(tmp_path / "images"), clock=clock
        ):
            pass


@pytest.mark.parametrize("asked", ["read", "write"])
async def test_a_file_that_can_not_be_opened_is_said_at_once_and_heals(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    path, away = tmp_path / "ledger.db", tmp_path / "away.db"
    async with Database.open(f"sqlite:///{path}", seconds=60) as database:
        path.rename(away)
        path.mkdir()
        said = re.escape(f"The database {path} failed: unable to open database file. Check that its folder exists")
        for _ in range(2):
            with pytest.raises(StorageError, match=said):
                await getattr(database, asked)(_fault)
        path.rmdir()
        away.rename(path)
        assert await getattr(database, asked)(_fault) is None
    assert "never retrieved" not in caplog.text


async def test_every_write_that_waits_for_a_file_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    async with Database.open(f"sqlite:///{path}", seconds=60) as database:
        path.unlink()
        path.mkdir()
        failed = await asyncio.gather(*(database.write(_fault) for _ in range(40)), return_exceptions=True)
        assert [type(error) for error in failed] == [StorageError] * 40


def _not_a_database(path: Path) -> None:
    path.write_bytes(b"a picture, say" * 100)


def _no_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE gate")


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (_not_a_database, "file is not a database. Set DATABASE_URL to another file"),
        (_no_tables, "no such table: gate. Its tables are missing"),
    ],
)
async def test_trouble_is_said_with_the_path_the_cause_and_what_to_do(
    tmp_path: Path, trouble: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "ledger.db"
    async with Database.open(f"sqlite:///{path}") as database:
        trouble(path)
        with pytest.raises(StorageError, match=re.escape(f"The database {path} failed: {sentence}")):
            await database.read(_fault)


async def test_a_server_that_is_not_there_is_said_with_what_to_do() -> None:
    with pytest.raises(
        StorageError, match=re.escape("The database 127.0.0.1/none failed: Connect call failed")
    ) as said:
        async with Database.open("postgresql://nobody:hush@127.0.0.1:1/none"):
            pass
    assert "Check that the server is running" in str(said.value)


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
