"""One SQLite connection in aiosqlite's thread, with SQLAlchemy on it there."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import aiosqlite
from sqlalchemy import URL, Connection, StaticPool, create_engine

from storage.database import engines

T = TypeVar("T")

_ROWS_AT_A_TIME = 64  # aiosqlite asks for it; nothing here fetches through aiosqlite


class SqliteConnection:
    """Runs whole transactions, one after the other. It connects when it is first used, and is to be closed.

    Through SQLAlchemy's own adapter each statement crosses between threads three or four times: to get a cursor, to
    execute, to fetch and to close it. In a burst that costs several times what the statements do; so a transaction
    crosses once, as a function, and SQLAlchemy works on the other side (docs/performance.md has the figures).
    """

    def __init__(self, url: URL, seconds: float, begin: str, *pragmas: str) -> None:
        self._path, self._seconds = str(engines.sqlite_path(url)), seconds
        self._begin, self._pragmas = begin, pragmas
        self._driver: aiosqlite.Connection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` over the connection; whatever it didn't commit is rolled back. Raises what `work` raises."""
        if self._driver is None:
            self._driver = await aiosqlite.Connection(self._connect, _ROWS_AT_A_TIME)
            self._engine = create_engine(
                "sqlite://", hide_parameters=True, creator=lambda: self._raw, poolclass=StaticPool
            )
            engines.set_up(self._engine, self._begin, *self._pragmas)
        # The one way to have a function run in its thread; aiosqlite's own methods are all made of it.
        result: T = await self._driver._execute(self._run, work)  # type: ignore[no-untyped-call]  # as aiosqlite has it
        return result

    async def close(self) -> None:
        """Let what was begun end, and close."""
        if self._driver is not None:
            await self._driver.close()

    def _connect(self) -> sqlite3.Connection:
        # The driver's own transactions are switched off: they begin too late to keep what was read.
        self._raw = sqlite3.connect(self._path, timeout=self._seconds * engines.LOCK_SHARE, isolation_level=None)
        return self._raw

    def _run(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)
