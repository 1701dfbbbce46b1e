"""The database: transactions that are bounded in time, safe to cancel, and fail as StorageError."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StorageError
from storage import engines
from storage.schema import migrate

T = TypeVar("T")

SECONDS = 5.0
"""How long an operation may take, waiting included."""
_LAST_SECONDS = 10.0
"""How long a transaction that nobody waits for any more may keep a database from closing."""


class Database:
    """One open database. `work` is a plain function over a connection: nothing but SQL can happen inside it."""

    def __init__(self, url: URL, seconds: float) -> None:
        self.url = url
        self.ready = False
        """Whether the tables are there and operations may be asked for."""
        self._seconds = seconds
        self._writer = engines.writer_engine(url, seconds)
        self._reader = engines.reader_engine(url, seconds) if engines.is_sqlite(url) else self._writer
        # SQLite has one writer at a time. Its own way of waiting is a race, in which some starve; this one is a queue.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if engines.is_sqlite(url) else nullcontext()
        self._running: set[asyncio.Task[Any]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, seconds: float = SECONDS) -> AsyncIterator[Self]:
        """Open the database at a `DATABASE_URL` and bring its tables up to date. Raises StorageError."""
        parsed = engines.parse(url)
        try:
            await migrate(parsed)
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(_sentence(error)) from error
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
        return await self._bounded(_Transaction(self._writer, self._turn, work, writes=True))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database. Raises StorageError."""
        return await self._bounded(_Transaction(self._reader, nullcontext(), work, writes=False))

    async def _bounded(self, transaction: "_Transaction[T]") -> T:
        task = asyncio.create_task(transaction.run())
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(task)
        except TimeoutError as error:
            raise StorageError("the database did not answer in time") from error
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(_sentence(error)) from error
        finally:
            transaction.give_up(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may be gone; nobody else is to be told

    async def _close(self) -> None:
        self.ready = False
        if self._running:
            await asyncio.wait(self._running, timeout=_LAST_SECONDS)
        await self._writer.dispose()
        await self._reader.dispose()


class _Transaction(Generic[T]):
    """A transaction, run in a task of its own: no cancellation of its caller can cut a statement or a commit in two."""

    def __init__(
        self,
        engine: AsyncEngine,
        turn: AbstractAsyncContextManager[Any],
        work: Callable[[Connection], T],
        *,
        writes: bool,
    ) -> None:
        self._engine, self._turn, self._work, self._writes = engine, turn, work, writes
        self._begun = self._given_up = False

    async def run(self) -> T:
        """Run it to its end."""
        async with self._turn:
            self._begun = True
            async with self._engine.connect() as connection:
                result = await connection.run_sync(self._work)
                if self._writes and not self._given_up:
                    await connection.commit()
                return result  # leaving rolls back what was not committed

    def give_up(self, task: asyncio.Task[T]) -> None:
        """Nobody waits for it any more: it must not commit, unless it is doing that already."""
        self._given_up = True
        if not self._begun:
            task.cancel()


def _sentence(error: Exception) -> str:
    """Say what went wrong without the statement, whose values are nobody's business."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    first_line = next(iter(str(cause).splitlines()), "")
    return f"the database failed: {first_line or type(cause).__name__}"
