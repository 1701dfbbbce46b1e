"""What workers ask of the ledger: it runs the SQL of the other modules of this package in transactions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.clock import Clock
from bot.core.errors import StorageError
from bot.core.image import ImageRequest, Note, StoredImage
from bot.core.model import Asked, Fault, Job, Status
from bot.core.origin import Address
from bot.core.ports import Wakeup
from bot.core.queue import Claimed
from bot.core.refusals import UnreadableJob
from bot.core.rules import moments
from bot.core.work_queue import Ready, WorkQueue
from storage.database.database import Database
from storage.database.liveness import Liveness
from storage.ledger import at_once, clock_steps, gateway_outage, leases, old_copy, transitions
from storage.ledger.gateway_state import SqlGatewayState
from storage.ledger.lease_watch import LeaseWatch
from storage.ledger.place_watch import PlaceWatch
from storage.ledger.set_aside import SetAside


class SqlWorkQueue(SqlGatewayState, WorkQueue):
    """The ports of the workers, on SQLite or PostgreSQL; the ports describe the methods."""

    def __init__(
        self, database: Database, *, clock: Clock, liveness: Liveness, wakeup: Wakeup, lease: timedelta
    ) -> None:
        super().__init__(database, clock=clock, wakeup=wakeup)
        self._liveness, self._lease = liveness, lease
        self._leases = LeaseWatch(lease.total_seconds())
        self._aside = SetAside(database, liveness, clock, lease)
        self._places = PlaceWatch(wakeup.notify)

    async def claim(self, owner: str, *, max_running: int, ready: Ready | None = None) -> Claimed | None:
        while True:
            try:
                return await self._claim(owner, max_running, frozenset(self._aside.ids), ready)
            except UnreadableJob as error:
                self._aside.add(error)

    async def _claim(self, owner: str, max_running: int, aside: frozenset[str], ready: Ready | None) -> Claimed | None:
        left_before = self._places.left
        due = await self._database.read(
            lambda connection: leases.look(connection, max_running, self._clock.now(), aside, named=ready is not None)
        )
        self._places.looked(waiting=due.waiting, full=due.full, left_before=left_before)
        if not due.now:
            return None
        chosen = await ready(due.first) if ready and due.first else None

        def claim(connection: Connection) -> Claimed | None:
            now, lease, begun = self._clock.now(), self._lease, None
            if due.first and chosen:
                begun = at_once.begin_next(
                    connection, owner, due.first, chosen, max_running=max_running, now=now, lease=lease
                )
            return begun or leases.claim(connection, owner, max_running, now, lease, aside)

        claimed = await self._database.write(claim)
        if claimed:
            self._leases.claimed(claimed.job.id, owner, self._clock.steady())
        return claimed

    async def begin(
        self, owner: str, job: Job, chosen: Job, address: Address | None, *, max_running: int
    ) -> Claimed | None:
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
            self._places.waits()
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
        if after.unanswered < before.unanswered:
            self._places.leaves()

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
