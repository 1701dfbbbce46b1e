"""Migrate the tables at start, one process at a time."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Connection, inspect, text

from bot.core.errors import StorageError
from bot.core.message import message
from storage import disk
from storage.database import engines, sqlite_file
from storage.database.filelock import FileLock
from storage.database.sqlite_engines import looking_engine, writer_engine

logger = logging.getLogger(__name__)

SECONDS = 600.0
"""How long the migrations may take, including waiting for another process's migrations.

To fill in a column of a million jobs takes most of a minute on PostgreSQL; a bot that gives up would never start.
"""
_PAUSE = 0.05
_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
"""Each file's name begins with its revision; the names sort in order of the revisions."""
_POSTGRES_LOCK = 4_702_111_234_474_983_745
"""Any number works, as long as every release uses the same one."""


class _Found(NamedTuple):
    """What a file has: the revision of its tables, empty without one, and whether it has a write-ahead log already."""

    revision: str
    writes_ahead: bool


async def migrate(url: URL) -> None:
    """Run the migrations that the database does not have yet. Raises StorageError, SQLAlchemyError, OSError."""
    if not engines.is_sqlite(url):
        await _upgrade_postgres(url)
        return
    path = engines.sqlite_path(url)
    disk.make_folder(path.parent)
    async with alone(path):
        await asyncio.to_thread(sqlite_file.check, path)
        if not path.exists():
            await _make_sqlite(url, path)
        else:
            found = await asyncio.to_thread(_look, url)
            if found.revision != latest():
                await _migrate_sqlite(url, path, found.revision)
            elif found.writes_ahead:
                return
        await asyncio.to_thread(_write_ahead, url)


@cache
def revisions() -> Sequence[str]:
    """Return the revisions that the tables have had, in order."""
    return sorted(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def latest() -> str:
    """Return the revision that the tables have after all migrations."""
    return revisions()[-1]


def revision_of(connection: Connection, place: str) -> str:
    """Return the revision of a database's tables; empty without one. Raises StorageError if they can't be used."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        # On a server, tables of other programs may be beside the bot's.
        if connection.dialect.name == "sqlite" and inspect(connection).get_table_names():
            raise StorageError(
                message(
                    "The database {place} belongs to another program. Set DATABASE_URL to another file.", place=place
                )
            )
        return ""
    revision = " ".join(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if revision and revision not in revisions():
        raise StorageError(
            message("The database was made by a newer version of the bot. Run that version, or restore a backup.")
        )
    return revision


def _look(url: URL) -> _Found:
    """Look at a file that is there. Raises StorageError if its tables can't be used."""
    path = engines.sqlite_path(url)
    needs_recovery = sqlite_file.beside(path, "-journal").exists()
    engine = writer_engine(url, SECONDS) if needs_recovery else looking_engine(path, SECONDS)
    try:
        with engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            return _Found(revision_of(connection, engines.place(url)), mode == "wal")
    finally:
        engine.dispose()


def _write_ahead(url: URL) -> None:
    """Switch a new or restored file to a write-ahead log, before anybody reads it without one."""
    engine = writer_engine(url, SECONDS)
    try:
        engine.connect().close()
    finally:
        engine.dispose()


async def _migrate_sqlite(url: URL, path: Path, revision: str) -> None:
    """Run the migrations that a file doesn't have yet, and keep a copy of it as it was."""
    kept = sqlite_file.beside(path, f".before-{latest()}")
    await asyncio.to_thread(sqlite_file.copy, path, kept)
    said = revision or "nothing"
    logger.info("the tables are migrated from %s to %s; as they were, they are in %s", said, latest(), kept)
    await upgrade_sqlite(url)


async def _make_sqlite(url: URL, path: Path) -> None:
    """Make a new database, under another name first: a file with the database's own name is always whole."""
    new = sqlite_file.beside(path, ".new")
    for leftover in (new, sqlite_file.beside(new, "-journal")):
        leftover.unlink(missing_ok=True)
    os.close(disk.open_new(new))  # SQLite gives the files beside it the same mode
    await upgrade_sqlite(url.set(database=str(new)))
    await asyncio.to_thread(disk.rename, new, path)
    logger.info("made a new database at %s", path)


async def upgrade_sqlite(url: URL) -> None:
    """Run the migrations that a SQLite database does not have yet. Nothing else may use its file."""
    from storage.database.sqlite_schema import schema_engine  # its dependencies take a while to import

    engine = schema_engine(url, SECONDS)
    try:
        async with asyncio.timeout(SECONDS), engine.begin() as connection:
            await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


async def _upgrade_postgres(url: URL) -> None:
    from storage.database.postgres_engines import schema_engine  # its dependencies take a while to import

    engine = schema_engine(url, SECONDS)
    try:
        async with asyncio.timeout(SECONDS), engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
            # As at nearly every start, there may be nothing to do: then Alembic isn't even imported.
            if await connection.run_sync(revision_of, engines.place(url)) != latest():
                await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@asynccontextmanager
async def alone(path: Path) -> AsyncIterator[None]:
    """Keep every other process from making, migrating or replacing a SQLite database meanwhile."""
    async with asyncio.timeout(SECONDS):
        while (lock := FileLock.take(sqlite_file.beside(path, ".lock"))) is None:  # noqa: ASYNC110 - a file lock has no event
            await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.release()
