"""Work in a transaction that takes as long as a test wants: as a slow statement does, but no longer."""

import asyncio
import threading
from collections.abc import Callable
from typing import Self

import asyncpg  # type: ignore[import-untyped]  # it ships none
from sqlalchemy import Connection, text

_LOCK = "SELECT pg_advisory_lock(1)"


class Held:
    """Work that holds its connection until it is released.

    On PostgreSQL it waits for a lock, as a context manager on the database's `url`: it runs in the event loop there.
    """

    def __init__(self, work: Callable[[Connection], object], url: str = "") -> None:
        self._work, self._url = work, url
        self._begun, self._released = threading.Event(), threading.Event()
        self._locking: asyncpg.Connection | None = None

    async def __aenter__(self) -> Self:
        if self._url.startswith("postgresql"):
            self._locking = await asyncpg.connect(self._url)
            await self._locking.execute(_LOCK)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def __call__(self, connection: Connection) -> object:
        """Do the work, and wait."""
        result = self._work(connection)
        self._begun.set()
        if self._locking:
            connection.execute(text(_LOCK))
        else:
            assert self._released.wait(20)
        return result

    async def begun(self) -> None:
        """Wait until the work is done, and holds its connection."""
        async with asyncio.timeout(20):
            while not self._begun.is_set():
                await asyncio.sleep(0.01)

    def release(self) -> None:
        """Let it go on."""
        self._released.set()
        if self._locking:
            self._locking.terminate()
