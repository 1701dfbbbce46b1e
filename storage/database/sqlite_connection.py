"""One SQLite connection in aiosqlite's thread, where SQLAlchemy uses it."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import aiosqlite
from sqlalchemy import URL, Connection, StaticPool, create_engine

from storage.database import engines

T = TypeVar("T")

_ROWS_AT_A_TIME = 64  # aiosqlite requires it; nothing here fetches rows through aiosqlite


class SqliteConnection:
    """Runs whole transactions, one after the other. It connects on first use, and must be closed.

    With SQLAlchemy's own adapter, each statement crosses between threads three or four times: to get a cursor, to
    execute, to fetch and to close it. In a burst that costs several times as much as the statements themselves. So a
    transaction crosses once, as a function, and SQLAlchemy runs in the other thread (figures: docs/performance.md).
    """

    def __init__(self, url: URL, seconds: float, begin: str, *pragmas: str) -> None:
        self._path, self._seconds = str(engines.sqlite_path(url)), seconds
        self._begin, self._pragmas = begin, pragmas
        self._driver: aiosqlite.Connection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` with the connection, and roll back what it did not commit. Raises what `work` raises."""
        if self._driver is None:
            self._driver = await aiosqlite.Connection(self._connect, _ROWS_AT_A_TIME)
            self._engine = create_engine(
                "sqlite://", hide_parameters=True, creator=lambda: self._raw, poolclass=StaticPool
            )
            engines.set_up(self._engine, self._begin, *self._pragmas)
        # The only way to run a function in aiosqlite's thread; all of aiosqlite's own methods use it.
        result: T = await self._driver._execute(self._run, work)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result

    async def close(self) -> None:
        """Wait for the work that was started, then close."""
        if self._driver is not None:
            await self._driver.close()

    def _connect(self) -> sqlite3.Connection:
        # The driver's own transactions are switched off: they begin too late to protect what was read.
        self._raw = sqlite3.connect(self._path, timeout=self._seconds * engines.LOCK_SHARE, isolation_level=None)
        return self._raw

    def _run(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)
