"""The tables: migrations make exactly those that the code declares, and several processes may run them at once."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.core.errors import StorageError
from storage.database.database import Database
from storage.ledger.partial_indexes import metadata
from tests.support.process import environment
from tests.support.zygote import fork


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without tables."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/ledger.db"


async def test_migrations_make_what_the_tables_declare(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with Database.open(database_url) as database:
        assert await database.read(differences) == []


async def test_processes_that_boot_at_once_on_a_fresh_database_all_come_up(database_url: str, tmp_path: Path) -> None:
    arguments = [database_url, str(tmp_path / "images")]
    processes = [await fork(arguments, tmp_path, environment({}), "tests.storage.replica") for _ in range(4)]
    outputs = [await process.communicate() for process in processes]
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, outputs, strict=True)] == [
        (0, b"")
    ] * 4


async def test_a_fresh_database_may_be_opened_by_several_at_once(database_url: str) -> None:
    async def open_and_close() -> bool:
        async with Database.open(database_url) as database:
            return database.ready

    assert await asyncio.gather(*(open_and_close() for _ in range(5))) == [True] * 5


async def test_a_second_opening_finds_what_the_first_wrote(database_url: str) -> None:
    async with Database.open(database_url) as database:
        await database.write(lambda connection: connection.execute(text("UPDATE gate SET out_of_order = 'auth'")))
    async with Database.open(database_url) as database:
        assert (
            await database.read(lambda connection: connection.scalar(text("SELECT out_of_order FROM gate"))) == "auth"
        )


async def test_a_restored_copy_gets_its_write_ahead_log_again(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/ledger.db", tmp_path / "ledger.db"
    async with Database.open(url):
        pass
    with closing(sqlite3.connect(path)) as restored:
        assert restored.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    async with Database.open(url) as database:
        mode = await database.read(lambda connection: connection.scalar(text("PRAGMA journal_mode")))
    assert mode == "wal"


async def test_a_database_of_a_newer_release_is_refused(database_url: str) -> None:
    async with Database.open(database_url) as database:
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
    with pytest.raises(StorageError, match="newer version"):
        async with Database.open(database_url):
            pass


async def test_migrations_are_quiet(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Database.open(database_url):
        pass
    assert [record for record in caplog.records if record.name.startswith("alembic")] == []
