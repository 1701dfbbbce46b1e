"""Work in a transaction that takes as long as a test wants: as a slow statement does, but no longer."""

import asyncio
import threading
from collections.abc import Callable
from typing import Self

import asyncpg  # type: ignore[import-untyped]  # it ships none
from sqlalchemy import Connection, text

_LOCK = "SELECT pg_advisory_lock(1)"
_COMMITS_WAIT = """
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER waits AFTER UPDATE ON gate DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait()
"""
_WAITING = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


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
            assert self._released.wait(60)
        return result

    async def begun(self) -> None:
        """Wait until the work is done, and holds its connection."""
        async with asyncio.timeout(60):
            while not self._begun.is_set():
                await asyncio.sleep(0.01)

    def release(self) -> None:
        """Let it go on."""
        self._released.set()
        if self._locking:
            self._locking.terminate()


class HeldCommits:
    """On PostgreSQL, lets each transaction that writes the gate wait with its commit until all are released."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> Self:
        self._locking = await asyncpg.connect(self._url)
        await self._locking.execute(_COMMITS_WAIT)
        await self._locking.execute(_LOCK)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()

    async def begun(self) -> None:
        """Wait until a commit waits."""
        async with asyncio.timeout(60):
            while not await self._locking.fetchval(_WAITING):
                await asyncio.sleep(0.01)

    def release(self) -> None:
        """Let them go on."""
        self._locking.terminate()
