"""A look at any database, which changes nothing: for the doctor, and for the line at the start."""

import asyncio
import errno
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import URL, Connection, func, select, text

from bot.core.errors import StorageError
from bot.core.message import message
from storage.advice import database_too_slow, database_trouble, store_trouble
from storage.database import engines, migrate, sqlite_file
from storage.database.engines import DATABASE_ERRORS
from storage.database.sqlite_engines import looking_engine
from storage.images import NOT_OPENED
from storage.ledger import gate
from storage.ledger.tables import jobs

_SECONDS = 8.0
"""How long the database may take: less than the doctor waits, so that the database's own error is shown."""
_STANDBY = text("SELECT pg_is_in_recovery()")


class Look(NamedTuple):
    """What was found. `revision` is empty if there is no database yet, or one without tables."""

    place: str
    revision: str = ""
    due: int = 0
    """How many migrations the next start runs."""
    jobs: int = 0
    newest: datetime | None = None
    """When the newest job was accepted."""
    refused: Mapping[str, datetime] = MappingProxyType({})
    """Until when each model counts as refused by the gateway."""

    def __str__(self) -> str:
        """Return it in plain English, for the log."""
        newest = f", newest {self.newest:%Y-%m-%d %H:%M} UTC" if self.newest else ""
        return f"{self.place} ({self.revision}, {self.jobs:,} jobs{newest})"


async def look(database_url: str) -> Look:
    """Look at the database at a `DATABASE_URL`. Raises StorageError if the bot could not work with it."""
    url = engines.parse(database_url)
    try:
        if engines.is_sqlite(url):
            return await asyncio.to_thread(_look_at_file, engines.sqlite_path(url))
        return await _look_at_server(url)
    except TimeoutError as error:
        raise StorageError(database_too_slow(engines.place(url), _SECONDS)) from error
    except DATABASE_ERRORS as error:
        raise StorageError(database_trouble(engines.place(url), error)) from error


def look_at_copy(file: Path) -> Look:
    """Look at a copy of a database, which nobody writes to. Raises StorageError."""
    try:
        return _read(Path(os.path.realpath(file)))
    except DATABASE_ERRORS as error:
        raise StorageError(database_trouble(str(file), error)) from error


def _look_at_file(path: Path) -> Look:
    sqlite_file.check(path)
    _check_room(path)
    if not path.exists():
        return Look(place=str(path), due=len(migrate.revisions()))
    return _read(path)


def _read(path: Path) -> Look:
    engine = looking_engine(path, _SECONDS)
    try:
        with engine.connect() as connection:
            return _found(connection, str(path))
    finally:
        engine.dispose()


def check_folder(place: Path) -> None:
    """Raise StorageError if the folder for the images can't be made."""
    try:
        _check_room(place)
    except OSError as error:
        raise StorageError(store_trouble(str(place), NOT_OPENED, error)) from error


def _check_room(path: Path) -> None:
    """Raise OSError if nothing can be written at a path, or made there and beside it."""
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    for place, needed in ((folder, os.W_OK | os.X_OK), (path, os.W_OK)):
        if place.exists() and not os.access(place, needed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    if os.statvfs(folder).f_bavail == 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


async def _look_at_server(url: URL) -> Look:
    from storage.database.postgres_engines import reader_engine  # its dependencies take a while to import

    place, engine = engines.place(url), reader_engine(url, _SECONDS)
    try:
        async with asyncio.timeout(_SECONDS), engine.connect() as connection:
            if await connection.scalar(_STANDBY):
                raise StorageError(message("The database {place} takes no writes: it is a standby.", place=place))
            return await connection.run_sync(lambda opened: _found(opened, place))
    finally:
        await engine.dispose()


def _found(connection: Connection, place: str) -> Look:
    revision = migrate.revision_of(connection, place)
    known = migrate.revisions()
    if not revision:
        return Look(place=place, due=len(known))
    count, newest = connection.execute(select(func.count(), func.max(jobs.c.created_at))).one()
    due = len(known) - 1 - known.index(revision)
    refused = {} if due else gate.refused_models(connection)
    return Look(place=place, revision=revision, due=due, jobs=count, newest=newest, refused=refused)
