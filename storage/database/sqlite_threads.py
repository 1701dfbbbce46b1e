"""The threads that run SQLite's transactions, so that no statement and no commit blocks the event loop."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from bot.core.workers import Workers

T = TypeVar("T")


class SqliteThreads:
    """Runs whole transactions in threads, as many at once as there are connections. Must be closed.

    With SQLAlchemy's asynchronous engine, each statement crosses between threads three or four times: to get a cursor,
    to execute, to fetch and to close it. In a burst that costs several times as much as the statements themselves. So a
    transaction crosses once, as a function (figures: docs/performance.md).
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self._engine = engine
        self._idle: list[Connection] = []
        """Kept between transactions: to take one from the pool and give it back costs as much as a short statement."""
        self._workers = Workers(connections, "sqlite")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` with a connection, and roll back what it did not commit. Raises what `work` raises.

        A call that is cancelled before its turn doesn't begin; later, it runs on, and its caller doesn't wait.
        """
        return await self._workers.run(lambda: self._run(work))

    async def close(self) -> None:
        """Wait for what was begun, then close the connections."""
        await self._workers.close()
        for connection in self._idle:
            connection.close()
        self._engine.dispose()

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            result = work(connection)
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return result
