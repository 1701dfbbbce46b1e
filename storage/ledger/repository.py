"""The ledger: it runs the SQL of the other modules of this package in transactions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from bot.core.clock import Clock
from bot.core.copies import Copy
from bot.core.errors import StorageError
from bot.core.image import ImageRequest, Note, StoredImage
from bot.core.ledger import Admission, Ledger
from bot.core.model import Asked, Fault, HistoryPage, Job, Limits, Status, Usage, Window
from bot.core.origin import Address
from bot.core.ports import Wakeup
from bot.core.queue import Accepted, Claimed, QueuePosition
from bot.core.refusals import UnreadableJob
from bot.core.rules import moments
from bot.core.rules.admission import NewJob
from bot.core.work_queue import WorkQueue
from storage.database.database import Database
from storage.database.liveness import Liveness
from storage.ledger import (
    accept,
    at_once,
    clock_steps,
    copies,
    deletions,
    gate,
    gateway_outage,
    leases,
    old_copy,
    pages,
    queries,
    queue,
    transitions,
)
from storage.ledger.gateway_state import SqlGatewayState
from storage.ledger.lease_watch import LeaseWatch
from storage.ledger.rows import one_job
from storage.ledger.set_aside import SetAside
from storage.ledger.tables import jobs

_ONE = select(jobs).where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_at.is_(None))


class SqlJobRepository(SqlGatewayState, Admission, WorkQueue, Ledger):
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
        self._owner, self._lease = owner, lease
        super().__init__(database, clock=clock, wakeup=wakeup)
        self._liveness = liveness
        self._latencies = queue.Latencies()
        self._leases = LeaseWatch(lease.total_seconds())
        self._aside = SetAside(database, liveness, clock, lease)
        self._waiting = True
        """Whether jobs may wait for a place, as far as this process knows. If not, nobody asks when one gets free."""

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
            )
        )

    async def confirm(self, job_id: str, address: Address) -> None:
        await self._database.write(lambda connection: accept.confirm(connection, job_id, address))
        self._waits()

    async def begin(self, owner: str, job: Job, chosen: Job, address: Address, *, max_running: int) -> Claimed | None:
        claimed = await self._database.write(
            lambda connection: at_once.begin(
                connection,
                owner,
                job,
                chosen,
                address,
                max_running=max_running,
                now=self._clock.now(),
                lease=self._lease,
            )
        )
        if claimed:
            self._leases.claimed(job.id, owner, self._clock.steady())
        else:
            self._waits()
        return claimed

    def _waits(self) -> None:
        self._waiting = True
        self._wakeup.notify()

    async def withdraw(self, job_id: str) -> bool:
        return await self._database.write(lambda connection: accept.withdraw(connection, job_id, self._clock.now()))

    async def reopen(
        self, job_id: str, address: Address, *, instead_of: Address | None = None, left: Copy | None = None
    ) -> bool:
        reopened = await self._database.write(
            lambda connection: accept.reopen(connection, job_id, address, instead_of, left)
        )
        self._wakeup.notify()
        return reopened

    async def get(self, job_id: str) -> Job | None:
        return await self._database.read(lambda connection: one_job(connection, _ONE, {"job_id": job_id}, job_id))

    async def claim(self, owner: str, *, max_running: int) -> Claimed | None:
        while True:
            try:
                return await self._claim(owner, max_running, frozenset(self._aside.ids))
            except UnreadableJob as error:
                self._aside.add(error)

    async def _claim(self, owner: str, max_running: int, aside: frozenset[str]) -> Claimed | None:
        due = await self._database.read(
            lambda connection: leases.look(connection, max_running, self._clock.now(), aside)
        )
        self._waiting = due.waiting
        if not due.now:
            return None
        claimed = await self._database.write(
            lambda connection: leases.claim(connection, owner, max_running, self._clock.now(), self._lease, aside)
        )
        if claimed:
            self._leases.claimed(claimed.job.id, owner, self._clock.steady())
        return claimed

    @property
    def set_aside(self) -> Sequence[str]:
        return self._aside.ids

    async def renew(self, owner: str, job_ids: Collection[str]) -> None:
        if job_ids:  # an idle worker's renewal: nothing has to be written
            await self._database.write(
                lambda connection: leases.renew(connection, owner, job_ids, self._clock.now(), self._lease)
            )
        self._leases.renewed(owner, job_ids, self._clock.steady())

    async def advance(
        self,
        job: Job,
        status: Status,
        *,
        fault: Fault | None = None,
        request_id: str | None = None,
        address: Address | None = None,
        images_sent: int | None = None,
        max_running: int = 1,
        request: ImageRequest | None = None,
        asked: Asked | None = None,
        announced: bool = False,
    ) -> Job:
        advanced = await self._database.write(
            lambda connection: transitions.advance(
                connection,
                job,
                status,
                now=self._clock.now(),
                fault=fault,
                request_id=request_id,
                address=address,
                images_sent=images_sent,
                max_running=max_running,
                request=request,
                asked=asked,
                announced=announced,
            )
        )
        self._left(job, advanced)
        return advanced

    async def add_images(
        self,
        job: Job,
        images: Sequence[StoredImage],
        note: Note,
        *,
        complete: bool = False,
        max_running: int | None = None,
    ) -> Job:
        recorded = await self._database.write(
            lambda connection: transitions.add_images(
                connection, job, images, note, complete=complete, max_running=max_running, now=self._clock.now()
            )
        )
        self._left(job, recorded)
        return recorded

    async def record_refusal(self, job: Job, *, images_sent: int) -> Job:
        recorded = await self._database.write(
            lambda connection: transitions.record_refusal(connection, job, images_sent)
        )
        self._left(job, recorded)
        return recorded

    async def record_unsent(self, job_id: str, *, images_sent: int) -> None:
        await self._database.write(lambda connection: transitions.record_unsent(connection, job_id, images_sent))

    def _left(self, before: Job, after: Job) -> None:
        if self._waiting and after.unanswered < before.unanswered:
            self._wakeup.notify()  # one more job may run now

    async def mark_notified(self, job: Job, address: Address | None = None, *, announced: bool = False) -> Job:
        return await self._database.write(
            lambda connection: transitions.mark_notified(connection, job, address, announced=announced)
        )

    async def update_address(self, job: Job, address: Address) -> Job:
        return await self._database.write(lambda connection: transitions.update_address(connection, job, address))

    async def defer(self, job: Job, until: datetime, *, fault: Fault | None = None, tried: bool = True) -> None:
        until = moments.believed(until, self._clock.now(), moments.longest_wait(job.status))
        await self._database.write(lambda connection: transitions.defer(connection, job, until, fault, tried=tried))
        self._wakeup.notify()

    async def cancel(self, job_id: str) -> Job:
        cancelled = await self._database.write(lambda connection: accept.cancel(connection, job_id, self._clock.now()))
        self._wakeup.notify()
        return cancelled

    async def delete(self, job_id: str, by: str, address: Address) -> Job:
        deleted = await self._database.write(
            lambda connection: deletions.delete(connection, job_id, by, address, self._clock.now())
        )
        self._wakeup.notify()
        return deleted

    async def move(self, job_id: str, old: Address, new: Address) -> bool:
        return await self._database.write(lambda connection: accept.move(connection, job_id, old, new))

    async def add_copy(self, job_id: str, copy: Copy) -> None:
        await self._database.write(lambda connection: copies.add(connection, job_id, copy))

    async def set_copy(self, job_id: str, copy: Copy) -> bool:
        return await self._database.write(lambda connection: copies.put(connection, job_id, copy))

    async def drop_copy(self, job_id: str, copy_id: str) -> None:
        await self._database.write(lambda connection: copies.drop(connection, job_id, copy_id))

    async def unlink(self, job_id: str) -> None:
        await self._database.write(lambda connection: deletions.unlink(connection, job_id))

    async def take_over(self, owner: str) -> Sequence[Job]:
        try:
            return await self._take_over(owner)
        except StorageError:
            self._leases.away()
            raise

    async def _take_over(self, owner: str) -> Sequence[Job]:
        await self._aside.look(owner)
        found, holders = await self._database.read(lambda connection: leases.held(connection, self._clock.now()))
        run_out = self._leases.run_out(found, owner, self._clock.steady())
        others = sorted({*(lease.owner for lease in found), *holders} - {owner})
        dead = [other for other in others if not await self._liveness.is_alive(other)]
        if not dead and not run_out:
            return ()  # the usual case: nothing is written, and the gate row is not locked
        freed = await self._database.write(
            lambda connection: leases.take_over(connection, dead, run_out, self._clock.now())
        )
        if freed:
            self._wakeup.notify()
        return freed

    async def give_up_on_gateway(self, after: timedelta) -> int:
        if not await self._database.read(lambda c: gateway_outage.is_due(c, after, self._clock.now())):
            return 0
        ended = await self._database.write(lambda c: gateway_outage.give_up(c, after, self._clock.now()))
        if ended:
            self._wakeup.notify()
        return ended

    async def end_left_waiting(self) -> int:
        ended = await self._database.write(lambda connection: old_copy.end_left_waiting(connection, self._clock.now()))
        if ended:
            self._wakeup.notify()
        return ended

    async def follow_clock(self, owner: str, step: timedelta) -> None:
        alone = await self._liveness.is_alone(owner)

        def correct(connection: Connection) -> None:
            if alone:
                clock_steps.follow(connection, step, self._clock.now())
            else:
                clock_steps.forget(connection, self._clock.now())

        await self._database.write(correct)
        self._wakeup.notify()

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
        return await self._database.read(lambda connection: queue.durations(connection, models))

    async def counts(self) -> Mapping[Status, int]:
        return await self._database.read(queries.counts)

    async def waiting_since(self) -> datetime | None:
        return await self._database.read(queue.waiting_since)

    async def newest_waiting(self) -> str | None:
        return await self._database.read(queue.newest)

    async def check(self) -> None:
        await self._database.check(gate.check)
