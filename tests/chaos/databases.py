"""The database of a batch, as another program reads it, locks it and takes it away."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import asyncpg  # type: ignore[import-untyped]  # it ships none

from bot.core.model import OPEN
from tests.chaos.faults import Happening
from tests.support.postgres import execute, name_of

_STATUSES = ", ".join(f"'{status}'" for status in OPEN)
_SOON = timedelta(minutes=30)


def _unsettled() -> str:
    """Return the query for the work that is left. A job that waits an hour because its place is closed is settled."""
    soon = int((time.time() + _SOON.total_seconds()) * 1_000_000)
    return f"SELECT count(*) FROM jobs WHERE status IN ({_STATUSES}) OR (NOT told AND not_before < {soon})"


class ChaosDatabase(Protocol):
    """An empty database that is the batch's own."""

    name: str

    @property
    def url(self) -> str:
        """Lead a bot to it."""
        ...

    @property
    def faults(self) -> Mapping[str, Happening]:
        """Return what can go wrong with this kind of database alone."""
        ...

    async def lock(self, seconds: float) -> None:
        """Keep everybody else from writing, as a backup or a curious operator may."""
        ...

    async def unsettled(self) -> bool:
        """Return whether anything is left to do for any job."""
        ...


class SqliteFile:
    """A file, for bots within this process."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "imagine.db"
        self.url = f"sqlite:///{self._path}"
        self.faults: Mapping[str, Happening] = {}

    async def lock(self, seconds: float) -> None:
        await asyncio.to_thread(self._lock, seconds)

    async def unsettled(self) -> bool:
        return await asyncio.to_thread(self._unsettled)

    def _lock(self, seconds: float) -> None:
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def _unsettled(self) -> bool:
        with closing(sqlite3.connect(self._path, timeout=10)) as connection:
            (left,) = connection.execute(_unsettled()).fetchone()
        return bool(left)


class PostgresDatabase:
    """A database on a server. `maintenance` is the address of another one there."""

    name = "postgres"

    def __init__(self, url: str, maintenance: str) -> None:
        self.url, self._maintenance = url, maintenance
        self._name = name_of(url)
        self.faults: Mapping[str, Happening] = {
            "tables locked": self._lock_tables,
            "database cut": self._cut,
            "database away": self._vanish,
        }

    async def lock(self, seconds: float) -> None:
        """Lock the row that every write begins with."""
        await self._hold(seconds, "SELECT id FROM gate FOR UPDATE")

    async def unsettled(self) -> bool:
        async with self._connected() as connection:
            return bool(await connection.fetchval(_unsettled()))

    async def _lock_tables(self, seconds: float) -> None:
        """Keep everybody else from reading, too. The bot locks in the same order."""
        await self._hold(seconds, "LOCK TABLE gate, jobs IN ACCESS EXCLUSIVE MODE")

    async def _cut(self, _: float) -> None:
        """Break every connection to it."""
        await execute(self._maintenance, f"{_CUT} '{self._name}'")

    async def _vanish(self, seconds: float) -> None:
        """Break every connection to it, and accept none for a while."""
        await execute(self._maintenance, f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        try:
            await self._cut(seconds)
            await asyncio.sleep(seconds)
        finally:
            await execute(self._maintenance, f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")

    async def _hold(self, seconds: float, statement: str) -> None:
        async with self._connected() as connection, connection.transaction():
            await connection.execute(statement)
            await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()


_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
