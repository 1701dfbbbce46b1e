"""Migrate the tables at start, one process at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, text

from bot.core.errors import StorageError
from bot.core.message import message
from storage.database import engines
from storage.database.filelock import FileLock
from storage.database.sqlite_engines import writer_engine

SECONDS = 600.0
"""How long the migrations may take, including waiting for another process's migrations.

To fill in a column of a million jobs takes most of a minute on PostgreSQL; a bot that gives up would never start.
"""
_PAUSE = 0.05
_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
"""Each file's name begins with its revision; the names sort in order of the revisions."""
_POSTGRES_LOCK = 4_702_111_234_474_983_745
"""Any number works, as long as every release uses the same one."""


async def migrate(url: URL) -> None:
    """Run the migrations that the database does not have yet. Raises StorageError, SQLAlchemyError, OSError."""
    if not engines.is_sqlite(url):
        await _upgrade_postgres(url)
        return
    path = engines.sqlite_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(path.with_name(path.name + ".lock")):
        if not await asyncio.to_thread(_is_current_file, url):
            await _upgrade_sqlite(url)


def _is_current_file(url: URL) -> bool:
    engine = writer_engine(url, SECONDS)
    try:
        with engine.connect() as connection:
            return _is_current(connection)
    finally:
        engine.dispose()


async def _upgrade_sqlite(url: URL) -> None:
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
            if not await connection.run_sync(_is_current):
                await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


def _is_current(connection: Connection) -> bool:
    """Return whether the tables are up to date, as at nearly every start; then Alembic is not even imported."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return False
    latest = max(path.name for path in _VERSIONS.glob("[0-9]*.py")).partition("_")[0]
    return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [latest]


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(
            message("The database was made by a newer version of the bot. Run that version, or restore a backup.")
        ) from error


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    async with asyncio.timeout(SECONDS):
        while (lock := FileLock.take(path)) is None:  # noqa: ASYNC110 - a file lock has no event
            await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.release()
