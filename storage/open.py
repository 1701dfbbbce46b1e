"""Open the whole storage with one call."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from bot.core.clock import Clock
from bot.core.condition import Condition
from bot.core.ports import ImageStore, Wakeup
from bot.core.ways_out import DIRECT, WaysOut
from storage.database import engines
from storage.database.database import SECONDS, Database
from storage.database.liveness import FileLiveness, Liveness, PostgresLiveness
from storage.database.wakeups import LocalWakeup
from storage.images import ObjectImageStore
from storage.ledger.leases import LEASE
from storage.ledger.people import SqlPeople
from storage.ledger.repository import SqlJobRepository


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Storage:
    """The open storage. `owner` is the name of this process on its leases. It counts as alive while this is open."""

    owner: str
    jobs: SqlJobRepository
    people: SqlPeople
    images: ImageStore
    wakeup: Wakeup
    liveness: Liveness
    database: Database
    conditions: Mapping[str, Condition]
    """Whether the `database` and the `images` can be written."""


@asynccontextmanager
async def open_storage(
    *,
    database_url: str,
    image_store: str,
    bucket: Mapping[str, str] = MappingProxyType({}),
    ways_out: WaysOut = DIRECT,
    clock: Clock,
    seconds: float = SECONDS,
    lease: timedelta = LEASE,
) -> AsyncIterator[Storage]:
    """Open the image store and the database, and migrate its tables. Raises StorageError if it can't write to both.

    If the last process was killed, a SQLite file is checked for damage.

    `bucket` and `ways_out` are for an image store in a bucket: what `ObjectImageStore.open` takes. `seconds`
    limits every operation on the database; `lease` is how long a claimed job is held without renewal.
    """
    owner = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        file = engines.sqlite_file(database_url)
        images = ObjectImageStore.open(image_store, bucket, ways_out, database=file)
        if file:
            # Before the file is opened, so that a restore sees that the file is about to be used.
            files = await stack.enter_async_context(FileLiveness.at(file).hold(owner))
            liveness: Liveness = files
            wakeup: Wakeup = LocalWakeup()
        database = await stack.enter_async_context(Database.open(database_url, seconds=seconds))
        if file is None:
            liveness, wakeup = await _session(stack, database, owner, seconds)
        elif files.left_behind:
            await database.check_whole()
        jobs = SqlJobRepository(database, owner=owner, clock=clock, liveness=liveness, wakeup=wakeup, lease=lease)
        await jobs.check()
        await images.claim()  # only once it is certain that this is the bot's database, and no other one
        await images.check()
        conditions = {"database": database.condition, "images": images.condition}
        for condition in conditions.values():
            condition.passed()
        yield Storage(
            owner=owner,
            jobs=jobs,
            people=SqlPeople(database),
            images=images,
            wakeup=wakeup,
            liveness=liveness,
            database=database,
            conditions=conditions,
        )


async def _session(stack: AsyncExitStack, database: Database, owner: str, seconds: float) -> tuple[Liveness, Wakeup]:
    from storage.database.postgres_listener import PostgresListener  # its dependencies take a while to import

    session = await stack.enter_async_context(PostgresListener.open(database.url, owner, seconds))
    return PostgresLiveness(database), session
