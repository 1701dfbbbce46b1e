"""A storage that tests use one after the other: to open one takes longer than most of them do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, text

from bot.core.clock import Clock
from storage import Storage, open_storage
from storage.database.wakeups import LocalWakeup
from storage.ledger.people import SqlPeople
from storage.ledger.repository import SqlJobRepository
from tests.support.builders import MovableClock
from tests.support.postgres import MADE, NO_ROWS

_MADE = MappingProxyType({"sqlite": "PRAGMA schema_version", "postgresql": MADE})


class SharedStorage:
    """What a test leaves in memory is gone with its repository; the rows are deleted before the next one."""

    def __init__(self, opened: Storage, made: object) -> None:
        self._opened, self._made = opened, made

    async def emptied(self, clock: Clock) -> Storage:
        """Return it as it is when it was just opened on an empty database, at the time of this clock."""
        opened, wakeup = self._opened, LocalWakeup()
        assert await opened.database.write(_emptied) == self._made, "what changes tables needs a storage of its own"
        for condition in opened.conditions.values():
            condition.passed()
        jobs = SqlJobRepository(
            opened.database, owner=opened.owner, clock=clock, liveness=opened.liveness, wakeup=wakeup
        )
        return replace(opened, jobs=jobs, people=SqlPeople(opened.database), wakeup=wakeup)


def _emptied(connection: Connection) -> object:
    """Delete all rows, and return what was made of the tables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DO $$ BEGIN {NO_ROWS}; END $$"))  # one way to the server and back
    else:
        for statement in NO_ROWS.split("; "):
            connection.execute(text(statement))
    return connection.execute(text(_MADE[connection.dialect.name])).scalar()


@asynccontextmanager
async def shared(url: str, images: Path) -> AsyncIterator[SharedStorage]:
    """Open one, while the context lasts."""
    async with open_storage(database_url=url, image_store=str(images), clock=MovableClock()) as opened:
        yield SharedStorage(opened, await opened.database.write(_emptied))
