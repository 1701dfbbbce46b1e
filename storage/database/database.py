"""The database: its transactions have a time limit, are safe to cancel, and raise StorageError."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, Self, TypeVar

from sqlalchemy import URL, Connection

from bot.core.condition import Condition
from bot.core.errors import StorageError
from bot.core.message import message
from storage.advice import database_too_slow, database_trouble, is_damage
from storage.database import engines, migrate, sqlite_file
from storage.database.engines import DATABASE_ERRORS
from storage.database.sqlite import SqliteTransactions

logger = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 5.0
"""How long an operation may take, including waiting."""
_LAST_SECONDS = 10.0
"""How long closing the database waits for running transactions."""


class Transactions(Protocol):
    """Runs transactions on one kind of database. What a cancelled caller asked for is not committed."""

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Run `work` in a transaction and commit it, or roll it back if `work` raises.

        Where writes wait for one another, those that are to be `first` go before others.
        """
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database."""
        ...

    async def close(self, seconds: float) -> None:
        """Wait up to `seconds` for running transactions, then close."""
        ...


class Database:
    """One open database. `work` is a synchronous function of a connection, so that nothing but SQL happens inside it.

    It may run more than once; only what its last run wrote is committed.
    """

    def __init__(self, url: URL, seconds: float) -> None:
        self.url = url
        self.ready = False
        """Whether the tables exist and operations are allowed."""
        self.condition = Condition("database")
        self._damaged = False
        """Whether a part of it was read that isn't a database."""
        self._seconds = seconds
        self._transactions = _transactions(url, seconds)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, seconds: float = SECONDS) -> AsyncIterator[Self]:
        """Open the database at a `DATABASE_URL` and migrate its tables. Raises StorageError."""
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

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Run `work` in one transaction and commit it, or roll it back if `work` raises. Raises StorageError.

        After a StorageError or a cancellation nothing is written, unless the commit had already started. A write that
        is to be `first` goes before most others that wait: a person waits for its result.
        """
        self._check_open()
        result = await self._bounded(self._transactions.write(work, first=first))
        _note("commit", work)
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database. Raises StorageError."""
        self._check_open()
        result = await self._bounded(self._transactions.read(work))
        _note("read", work)
        return result

    async def check(self, work: Callable[[Connection], object]) -> None:
        """Run `work`, which writes, and look through a file in which something was damaged. Raises StorageError."""
        if self._damaged:
            await self.check_whole()
            self._damaged = False
        await self.write(work)

    async def check_whole(self) -> None:
        """Look through a SQLite file, which takes a while if it is large. Raises StorageError if it is damaged."""
        if not engines.is_sqlite(self.url):
            return
        try:
            await asyncio.to_thread(sqlite_file.check_whole, engines.sqlite_path(self.url))
        except StorageError as error:
            self._noted(error)
            raise

    def _check_open(self) -> None:
        if not self.ready:
            raise StorageError(message("The database is closed."))

    async def _bounded(self, transaction: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await transaction
        except TimeoutError as error:
            raise self._noted(StorageError(database_too_slow(engines.place(self.url), self._seconds))) from error
        except DATABASE_ERRORS as error:
            self._damaged = self._damaged or is_damage(error)
            raise self._noted(StorageError(database_trouble(engines.place(self.url), error))) from error

    def _noted(self, trouble: StorageError) -> StorageError:
        self.condition.failed(trouble)
        return trouble

    async def _close(self) -> None:
        self.ready = False
        await self._transactions.close(_LAST_SECONDS)


def _note(step: str, work: Callable[..., object]) -> None:
    """Log the name of the method that a transaction was about, also for a function inside it."""
    if logger.isEnabledFor(logging.DEBUG):  # rarely, and there are more than ten a job
        name = str(getattr(work, "__qualname__", work)).partition(".<locals>")[0].rpartition(".")[2]
        logger.debug("%s: %s", step, name)


def _transactions(url: URL, seconds: float) -> Transactions:
    if engines.is_sqlite(url):
        return SqliteTransactions(url, seconds)
    from storage.database.postgres import PostgresTransactions  # its dependencies take a while to import

    return PostgresTransactions(url, seconds)
