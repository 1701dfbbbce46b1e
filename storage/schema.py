"""Bring the tables up to date at start, one process at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text

from bot.errors import StorageError
from storage import engines
from storage.filelock import FileLock

_SECONDS = 60.0
_PAUSE = 0.05
_POSTGRES_LOCK = 4_702_111_234_474_983_745
"""Any number will do, as long as every release uses the same one."""


async def migrate(url: URL) -> None:
    """Run the migrations that the database lacks. Raises StorageError, SQLAlchemyError, OSError."""
    if engines.is_sqlite(url):
        path = engines.sqlite_path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        async with _alone(path.with_name(path.name + ".lock")):
            await asyncio.to_thread(_upgrade_sqlite, url)
    else:
        await _upgrade_postgres(url)


def _upgrade_sqlite(url: URL) -> None:
    engine = engines.sqlite_schema(url, _SECONDS)
    try:
        with _translated(), engine.begin() as connection:
            _run_alembic(connection)
    finally:
        engine.dispose()


async def _upgrade_postgres(url: URL) -> None:
    engine = engines.postgres_schema(url, _SECONDS)
    try:
        async with asyncio.timeout(_SECONDS):
            with _translated():
                async with engine.begin() as connection:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
                    await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise StorageError("the database was made by a newer release than this one") from error


def _run_alembic(connection: Connection) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    async with asyncio.timeout(_SECONDS):
        while (lock := FileLock.take(path)) is None:  # noqa: ASYNC110 - a file's lock has no event
            await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.release()
