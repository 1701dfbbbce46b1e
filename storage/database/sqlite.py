"""SQLite transactions: one writer connection, whose writes share commits in groups, and a few reader connections.

A commit waits for the disk. All writes that arrive meanwhile can go into the next commit, so a burst of writes costs a
few waits instead of hundreds. No caller gets a result before the commit that contains it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import URL, Connection

from bot.core.workers import settable
from storage.database.engines import DATABASE_ERRORS
from storage.database.sqlite_engines import reader_engine, run, writer_engine
from storage.database.sqlite_threads import SqliteThreads

T = TypeVar("T")
Work = Callable[[Connection], T]

_LARGEST = 32
"""At most this many writes share a commit, because the first of them waits for the last."""
_OTHERS = 8
"""So many places of a group are kept for other writes than the `first` ones, so that those go on in any burst."""
_READERS = 3


@dataclass(slots=True, eq=False)
class _Write:
    work: Work[Any]
    outcome: asyncio.Future[Any]
    """Cancelled when its caller is."""
    result: Any = None
    error: Exception | None = field(default=None, repr=False)

    @property
    def given_up(self) -> bool:
        return self.outcome.cancelled()


class SqliteTransactions:
    """Runs transactions on one SQLite file. Must be closed."""

    def __init__(self, url: URL, seconds: float) -> None:
        self._writer = SqliteThreads(writer_engine(url, seconds), 1)
        self._readers = SqliteThreads(reader_engine(url, seconds, _READERS), _READERS)
        self._first: deque[_Write] = deque()
        self._others: deque[_Write] = deque()
        self._committing: asyncio.Task[None] | None = None

    async def write(self, work: Work[T], *, first: bool = False) -> T:
        """Run `work` in one of the next groups. A cancelled call writes nothing, unless the commit had already started.

        Writes that are to be `first` get most places of a group: a person waits for their result.
        """
        write = _Write(work, asyncio.get_running_loop().create_future())
        (self._first if first else self._others).append(write)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        result: T = await write.outcome
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent state of the database."""
        return await self._readers.run(work)

    async def close(self, seconds: float) -> None:
        """Wait up to `seconds` for running transactions, then close."""
        if self._committing:
            await asyncio.wait({self._committing}, timeout=seconds)
        await self._writer.close()
        await self._readers.close()

    async def _commit_all(self) -> None:
        while group := self._next_group():
            try:
                await self._writer.run(partial(_commit, group=group))
            except Exception as error:  # noqa: BLE001  it is raised to the caller of each write
                for write in group:
                    write.error = error
            for write in group:
                _tell(write)

    def _next_group(self) -> Sequence[_Write]:
        places = _LARGEST - min(_OTHERS, len(self._others))
        group = [self._first.popleft() for _ in range(min(places, len(self._first)))]
        return group + [self._others.popleft() for _ in range(min(_LARGEST - len(group), len(self._others)))]


def _tell(write: _Write) -> None:
    if write.outcome.done():
        return  # cancelled
    if write.error is None:
        write.outcome.set_result(write.result)
    else:
        write.outcome.set_exception(settable(write.error))


def _commit(connection: Connection, group: Sequence[_Write]) -> None:
    """Run those writes of a group that were not given up in one transaction, and set each one's result or error.

    An error of the database itself may have rolled back more than one write, so each write is then tried alone.
    """
    while wanted := [write for write in group if not write.given_up]:
        try:
            if _commit_together(connection, wanted):
                return
        except DATABASE_ERRORS as error:
            if len(wanted) == 1:
                wanted[0].error = error
                return
            for write in wanted:
                _commit(connection, [write])
            return


def _commit_together(connection: Connection, group: Sequence[_Write]) -> bool:
    """Return whether the group is done. If a write was given up before the commit, it isn't, and nothing is written."""
    with closing(connection.begin()) as whole:
        for write in group:
            run(connection, "SAVEPOINT one")
            write.error = None
            try:
                write.result = write.work(connection)
            except DATABASE_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001  it is raised to the caller of the write
                run(connection, "ROLLBACK TO one")
                write.error = error
            run(connection, "RELEASE one")
        if any(write.given_up for write in group):
            return False
        whole.commit()
        return True
