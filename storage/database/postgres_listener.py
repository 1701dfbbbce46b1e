"""One PostgreSQL connection for the life of the process: it holds the owner's lock, and notifies other processes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StorageError
from storage.advice import database_too_slow, database_trouble
from storage.database import engines
from storage.database.liveness import lock_key
from storage.database.postgres_engines import listener_engine
from storage.database.wakeups import LocalWakeup

logger = logging.getLogger(__name__)

_CHANNEL = "imagine_bot_work"
_BEAT = 1.0
_RECONNECT = 0.25


class PostgresListener:
    """A `bot.core.ports.Wakeup` over LISTEN and NOTIFY, on the connection that shows that this process is alive."""

    def __init__(self, url: URL, owner: str, seconds: float) -> None:
        self._url, self._engine = url, listener_engine(url, seconds)
        self._key = lock_key(owner)
        self._local = LocalWakeup()
        self._stir = asyncio.Event()
        self._word = False
        self._alive = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: URL, owner: str, seconds: float) -> AsyncIterator[Self]:
        """Connect, and stay connected. Raises StorageError if the first connection fails."""
        session = cls(url, owner, seconds)
        task = asyncio.create_task(session._run())
        try:
            async with asyncio.timeout(seconds):
                await session._alive.wait()
            yield session
        except TimeoutError as error:
            if session._alive.is_set():
                raise
            raise StorageError(database_too_slow(engines.place(url), seconds)) from error
        finally:
            task.cancel()
            await asyncio.wait({task})
            await session._engine.dispose()

    async def wait(self, seconds: float) -> None:
        """Return when work may be due on any process, or after `seconds`."""
        await self._local.wait(seconds)

    def notify(self) -> None:
        """Notify this process at once, and the others as soon as the connection can send it."""
        self._local.notify()
        self._word = True
        self._stir.set()

    async def _run(self) -> None:
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._serve(connection)
            except Exception as error:  # noqa: BLE001  after any error the next connection may work
                logger.warning(
                    "lost the connection that says this process lives: %s",
                    database_trouble(engines.place(self._url), error),
                )
            await asyncio.sleep(_RECONNECT)

    async def _serve(self, connection: AsyncConnection) -> None:
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            return
        driver.add_termination_listener(lambda _: self._stir.set())
        await driver.add_listener(_CHANNEL, lambda *_: self._local.notify())
        held = False
        while not driver.is_closed():
            held = await self._beat(connection, held)
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT):
                    await self._stir.wait()
            self._stir.clear()

    async def _beat(self, connection: AsyncConnection, held: bool) -> bool:
        """Notify other processes, or else check the connection. Return whether the lock is held."""
        if not held:
            # This is false as long as the server counts an earlier connection of this process as alive.
            held = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}))
            if held:
                self._alive.set()
        if self._word:
            self._word = False
            await connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": _CHANNEL})
        else:
            await connection.execute(text("SELECT 1"))
        return held
