"""The ledger: it runs the SQL of the other modules of this package in transactions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.copies import Copy
from bot.core.ledger import Admission, Ledger
from bot.core.model import HistoryPage, Job, Limits, Status, Usage, Window
from bot.core.origin import Address
from bot.core.ports import Wakeup
from bot.core.queue import Accepted, QueuePosition
from bot.core.rules.admission import NewJob
from storage.database.database import Database
from storage.database.liveness import Liveness
from storage.ledger import (
    accept,
    cancel,
    confirming,
    copies,
    deletions,
    gate,
    latencies,
    leases,
    pages,
    queries,
    queue,
    rows,
    shown,
)
from storage.ledger.work_queue import SqlWorkQueue


class SqlJobRepository(SqlWorkQueue, Admission, Ledger):
    """All ports of the ledger, on SQLite or PostgreSQL; the ports describe the methods."""

    def __init__(
        self,
        database: Database,
        *,
        owner: str,
        clock: Clock,
        liveness: Liveness,
        wakeup: Wakeup,
        lease: timedelta = leases.LEASE,
    ) -> None:
        super().__init__(database, clock=clock, liveness=liveness, wakeup=wakeup, lease=lease)
        self._owner = owner
        self._latencies = latencies.Latencies()

    async def accept(self, job: NewJob, limits: Limits, *, hold: timedelta, max_running: int) -> Accepted:
        # Nobody is woken: no worker may take the job before `confirm`.
        return await self._database.write(
            lambda connection: accept.accept(
                connection,
                job,
                limits,
                by=self._owner,
                now=self._clock.now(),
                hold=hold,
                max_running=max_running,
                latencies=self._latencies,
            ),
            first=True,
        )

    async def confirm(self, job_id: str, address: Address | None) -> bool:
        confirmed = await self._database.write(lambda connection: confirming.confirm(connection, job_id, address))
        self._places.waits()
        return confirmed

    async def withdraw(self, job_id: str) -> bool:
        return await self._database.write(lambda connection: confirming.withdraw(connection, job_id, self._clock.now()))

    async def reopen(
        self, job_id: str, address: Address, *, instead_of: Address | None = None, left: Copy | None = None
    ) -> bool:
        reopened = await self._database.write(
            lambda connection: shown.reopen(connection, job_id, address, instead_of, left)
        )
        self._wakeup.notify()
        return reopened

    async def get(self, job_id: str) -> Job | None:
        return await self._database.read(lambda connection: rows.find_job(connection, job_id))

    async def with_place(self, job_id: str, *, max_running: int) -> tuple[Job | None, QueuePosition | None]:
        return await self._database.read(
            lambda connection: queue.with_place(connection, job_id, max_running, self._clock.now(), self._latencies)
        )

    async def cancel(self, job_id: str, pressed: Address | None = None) -> Job:
        cancelled = await self._database.write(
            lambda connection: cancel.cancel(connection, job_id, pressed, self._clock.now())
        )
        self._wakeup.notify()
        return cancelled

    async def delete(self, job_id: str, by: str, address: Address) -> Job:
        deleted = await self._database.write(
            lambda connection: deletions.delete(connection, job_id, by, address, self._clock.now())
        )
        self._wakeup.notify()
        return deleted

    async def move(self, job_id: str, old: Address, new: Address) -> bool:
        return await self._database.write(lambda connection: shown.move(connection, job_id, old, new))

    async def add_copy(self, job_id: str, copy: Copy) -> None:
        await self._database.write(lambda connection: copies.add(connection, job_id, copy))

    async def set_copy(self, job_id: str, copy: Copy) -> bool:
        return await self._database.write(lambda connection: copies.put(connection, job_id, copy))

    async def drop_copy(self, job_id: str, copy_id: str) -> None:
        await self._database.write(lambda connection: copies.drop(connection, job_id, copy_id))

    async def unlink(self, job_id: str) -> None:
        await self._database.write(lambda connection: deletions.unlink(connection, job_id))

    async def ends(self, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
        return await self._database.read(lambda connection: queries.ends(connection, job_ids))

    async def shown_with(self, part: str, platform: str, *, before: datetime, after: str, size: int) -> Sequence[str]:
        return await self._database.read(
            lambda connection: queries.shown_with(connection, part, platform, before=before, after=after, size=size)
        )

    async def deleted(self, job_ids: Collection[str]) -> Collection[str]:
        return await self._database.read(lambda connection: deletions.deleted(connection, job_ids))

    async def usage(self, user_id: str, window: Window) -> Usage:
        return await self._database.read(lambda connection: queries.usage(connection, user_id, window))

    async def earlier_doubt(self, job: Job, window: Window) -> int:
        return await self._database.read(lambda connection: queries.earlier_doubt(connection, job, window))

    async def find(self, user_id: str, number: str) -> Job | None:
        return await self._database.read(lambda connection: pages.find(connection, user_id, number))

    async def open_jobs(self, user_id: str) -> Sequence[Job]:
        return await self._database.read(lambda connection: pages.open_jobs(connection, user_id))

    async def history(
        self, user_id: str, *, size: int, cursor: str | None = None, words: Sequence[str] = ()
    ) -> HistoryPage:
        return await self._database.read(lambda connection: pages.page(connection, user_id, size, cursor, words))

    async def queue_position(self, job_id: str, *, max_running: int) -> QueuePosition | None:
        return await self._database.read(
            lambda connection: queue.queue_position(connection, job_id, max_running, self._clock.now(), self._latencies)
        )

    async def queue_positions(self, job_ids: Collection[str], *, max_running: int) -> Mapping[str, QueuePosition]:
        if not job_ids:
            return {}
        return await self._database.read(
            lambda connection: queue.queue_positions(
                connection, job_ids, max_running, self._clock.now(), self._latencies
            )
        )

    async def durations(self, models: Collection[str]) -> Mapping[str, float]:
        return await self._database.read(lambda connection: latencies.durations(connection, models))

    async def counts(self) -> Mapping[Status, int]:
        return await self._database.read(queries.counts)

    async def waiting_since(self) -> datetime | None:
        return await self._database.read(queue.waiting_since)

    async def newest_waiting(self) -> str | None:
        return await self._database.read(queue.newest)

    async def check(self) -> None:
        await self._database.check(gate.check)
