"""Check whether an owner's process is alive: the lock that it holds shows this within a second."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote

from sqlalchemy import URL, Connection, text

from bot.core.errors import StorageError
from bot.core.message import message
from storage.advice import database_trouble
from storage.database import engines
from storage.database.database import SECONDS, Database
from storage.database.filelock import FileLock
from storage.disk import make_folder

_SECOND_LOOK = 1.0
# https://www.postgresql.org/docs/current/view-pg-locks.html: a bigint key is split over classid and objid.
_LOCKS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint)"
)
_HELD = text(f"{_LOCKS} = :key")
_OTHERS = text(f"{_LOCKS} <> :key")
_ANY = text(f"{_LOCKS} >= 0")


class Liveness(Protocol):
    """Knows which owners' processes are alive."""

    async def is_alive(self, owner: str) -> bool:
        """Return whether the owner's lock is held. Raises StorageError."""
        ...

    async def is_alone(self, owner: str) -> bool:
        """Return whether the owner's lock is held, and no other owner's. Raises StorageError."""
        ...


class FileLiveness:
    """Locks on files next to a SQLite database, one for each owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.left_behind = False
        """Whether a process was killed, or its machine failed: its lock still lay there when this one was taken."""

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the locks of a database."""
        return cls(path.with_name(path.name + ".owners"))

    @asynccontextmanager
    async def hold(self, owner: str) -> AsyncIterator[Self]:
        """Hold the lock of `owner`, a name of its own, and delete the files of dead processes. Raises StorageError."""
        try:
            lock = await asyncio.to_thread(self._take, owner)
        except OSError as error:
            raise _unusable(self._folder, error) from error
        try:
            yield self
        finally:
            lock.release(remove=True)

    async def is_alive(self, owner: str) -> bool:
        """Return whether the owner's file is locked. Raises StorageError."""
        try:
            return await asyncio.to_thread(_is_held, self._file(owner))
        except OSError as error:
            raise _unusable(self._folder, error) from error

    async def is_alone(self, owner: str) -> bool:
        """Return whether the owner's file is locked, and no other. Raises StorageError."""
        return await self._alive() == {self._file(owner).name}

    async def is_anybody_alive(self) -> bool:
        """Return whether any owner's file is locked. Raises StorageError."""
        return bool(await self._alive())

    async def _alive(self) -> set[str]:
        try:
            return await asyncio.to_thread(self._held)
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def _held(self) -> set[str]:
        return {path.name for path in self._folder.iterdir() if _is_held(path)}

    def _take(self, owner: str) -> FileLock:
        make_folder(self._folder)
        for path in self._folder.iterdir():
            if (stale := FileLock.take(path)) is not None:
                stale.release(remove=True)
                self.left_behind = True
        return FileLock.take_own(self._file(owner))

    def _file(self, owner: str) -> Path:
        return self._folder / quote(owner, safe="")


class PostgresLiveness:
    """Session locks on PostgreSQL, held by `storage.database.postgres_listener`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_alive(self, owner: str) -> bool:
        """Return whether the owner's lock is held. Raises StorageError.

        Checks twice: a lost connection releases the lock of a live process, which is about to take it again.
        """
        if await self._held(owner):
            return True
        await asyncio.sleep(_SECOND_LOOK)
        return await self._held(owner)

    async def is_alone(self, owner: str) -> bool:
        """Return whether the owner's lock is held, and no other owner's. Raises StorageError.

        Any other lock of this kind in the database counts as an owner's: here it is right to be too careful.
        """

        def others(connection: Connection) -> int:
            return int(connection.execute(_OTHERS, {"key": lock_key(owner)}).scalar_one())

        return await self._held(owner) and await self._database.read(others) == 0

    async def _held(self, owner: str) -> bool:
        def count(connection: Connection) -> int:
            return int(connection.execute(_HELD, {"key": lock_key(owner)}).scalar_one())

        return await self._database.read(count) > 0


def lock_key(owner: str) -> int:
    """Return the owner's number for an advisory lock: positive, 63 bits."""
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8]) >> 1


def _unusable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        message(
            "The folder {folder} can't be used: {error}. Give the bot's user permission to write there.",
            folder=str(folder),
            error=error.strerror or type(error).__name__,
        )
    )


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock.take(path)
    if lock is None:
        return True
    lock.release(remove=True)
    return False


async def refuse_while_used(url: URL) -> None:
    """Raise StorageError if a process uses the database, or if that can't be seen."""
    if engines.is_sqlite(url):
        used = await FileLiveness.at(engines.sqlite_path(url)).is_anybody_alive()
    else:
        used = await _is_server_used(url)
    if used:
        raise StorageError(message("A bot uses {place}. Stop it first.", place=engines.place(url)))


async def _is_server_used(url: URL) -> bool:
    from storage.database.postgres_engines import reader_engine  # its dependencies take a while to import

    engine = reader_engine(url, SECONDS)
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(_ANY)).scalar_one()) > 0
    except engines.DATABASE_ERRORS as error:
        raise StorageError(database_trouble(engines.place(url), error)) from error
    finally:
        await engine.dispose()
