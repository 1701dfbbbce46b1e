"""PostgreSQL transactions: each in its own task, on a connection from one of two pools."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.tasks import Tasks
from storage.database.postgres_engines import reader_engine, writer_engine

T = TypeVar("T")


class PostgresTransactions:
    """Runs transactions on one PostgreSQL database. Must be closed."""

    def __init__(self, url: URL, seconds: float) -> None:
        self._writer, self._reader = writer_engine(url, seconds), reader_engine(url, seconds)
        self._running = Tasks(awaited=True)

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Run `work` and commit it. A cancelled call writes nothing, unless the commit had already started.

        The server decides the order: `first` has no effect.
        """
        return await self._run(_Transaction(self._writer, work, writes=True))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state of the database."""
        return await self._run(_Transaction(self._reader, work, writes=False))

    async def close(self, seconds: float) -> None:
        """Wait up to `seconds` for running transactions, then close."""
        await self._running.drain(seconds)
        for engine in (self._writer, self._reader):
            await engine.dispose()

    async def _run(self, transaction: "_Transaction[T]") -> T:
        try:
            return await asyncio.shield(self._running.spawn(transaction.run(), "a transaction"))
        finally:
            transaction.given_up = True


class _Transaction(Generic[T]):
    """A transaction in its own task, so that cancelling its caller can't interrupt a statement or a commit."""

    def __init__(self, engine: AsyncEngine, work: Callable[[Connection], T], *, writes: bool) -> None:
        self._engine, self._work, self._writes = engine, work, writes
        self.given_up = False
        """No caller still waits for it: it must not commit, unless the commit has already started."""

    async def run(self) -> T:
        """Run it to the end."""
        async with self._engine.connect() as connection:
            result = await connection.run_sync(self._work)
            if self._writes and not self.given_up:
                await connection.commit()
            return result  # leaving the block rolls back what was not committed
