"""The database: transactions that are bounded in time, safe to cancel, and fail as StorageError."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, Self, TypeVar

from sqlalchemy import URL, Connection

from bot.core.errors import StorageError
from storage.advice import database_too_slow, database_trouble
from storage.database import engines, migrate
from storage.database.engines import DATABASE_ERRORS
from storage.database.sqlite import SqliteTransactions

T = TypeVar("T")

SECONDS = 5.0
"""How long an operation may take, waiting included."""
_LAST_SECONDS = 10.0
"""How long a transaction that nobody waits for any more may keep a database from closing."""


class Transactions(Protocol):
    """How transactions are run on one kind of database: whatever a cancelled caller asked for is not committed."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and commit it; whatever it raises rolls it back."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state."""
        ...

    async def close(self, seconds: float) -> None:
        """Close, with `seconds` for what still runs."""
        ...


class Database:
    """One open database. `work` is a plain function over a connection: nothing but SQL can happen inside it.

    It may run more than once, and only what its last run did is committed.
    """

    def __init__(self, url: URL, seconds: float) -> None:
        self.url = url
        self.ready = False
        """Whether the tables are there and operations may be asked for."""
        self._seconds = seconds
        self._transactions = _transactions(url, seconds)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, seconds: float = SECONDS) -> AsyncIterator[Self]:
        """Open the database at a `DATABASE_URL` and bring its tables up to date. Raises StorageError."""
        parsed = engines.parse(url)
        try:
            await migrate.migrate(parsed)
        except TimeoutError as error:
            raise StorageError(database_too_slow(engines.place(parsed), migrate.SECONDS)) from error
        except DATABASE_ERRORS as error:
            raise StorageError(database_trouble(engines.place(parsed), error)) from error
        database = cls(parsed, seconds)
        database.ready = True
        try:
            yield database
        finally:
            await database._close()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction and commit it; whatever it raises rolls it back. Raises StorageError.

        After a StorageError or a cancellation nothing is written, unless the commit was on its way already.
        """
        self._check_open()
        return await self._bounded(self._transactions.write(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database. Raises StorageError."""
        self._check_open()
        return await self._bounded(self._transactions.read(work))

    def _check_open(self) -> None:
        if not self.ready:
            raise StorageError("the database is closed")

    async def _bounded(self, transaction: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await transaction
        except TimeoutError as error:
            raise StorageError(database_too_slow(engines.place(self.url), self._seconds)) from error
        except DATABASE_ERRORS as error:
            raise StorageError(database_trouble(engines.place(self.url), error)) from error

    async def _close(self) -> None:
        self.ready = False
        await self._transactions.close(_LAST_SECONDS)


def _transactions(url: URL, seconds: float) -> Transactions:
    if engines.is_sqlite(url):
        return SqliteTransactions(url, seconds)
    from storage.database.postgres import PostgresTransactions  # what it needs takes a while to import

    return PostgresTransactions(url, seconds)
