"""The worker: claims jobs that are due, runs them, and takes over the jobs of dead processes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.core.clock import Clock
from bot.core.errors import LeaseLost, StorageError
from bot.core.jobs.claiming import Claims
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.generation import Deferred, Generator
from bot.core.jobs.job_reply import job_reply
from bot.core.jobs.model_choice import ModelChoice
from bot.core.jobs.progress import Shown
from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.jobs.reports import Reports
from bot.core.jobs.stops import Sent, Stops
from bot.core.language import prepare
from bot.core.model import Fault, Job, Status
from bot.core.origin import Address
from bot.core.ports import Wakeup
from bot.core.queue import Claimed
from bot.core.rules import lifecycle, outage
from bot.core.supervise import Loop
from bot.core.tasks import Tasks
from bot.core.work_queue import WorkQueue

logger = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
TAKE_OVER_SECONDS = 1.0
GIVE_UP_SECONDS = 5.0
POLL_SECONDS = 1.0


class Worker:
    """Runs jobs. At most `max_running` requests are sent at a time over all processes; deliveries come in addition."""

    def __init__(
        self,
        *,
        owner: str,
        work: WorkQueue,
        wakeup: Wakeup,
        generator: Generator,
        reports: Reports,
        choice: ModelChoice,
        delivery: Delivery,
        queue_updates: QueueUpdates,
        clock: Clock,
        max_running: int,
        shown: dict[str, Shown],
        may_draw: Callable[[], bool] = lambda: True,
        given_up_after: timedelta = outage.GIVEN_UP_AFTER,
        renew_seconds: float = RENEW_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._owner, self._work, self._wakeup = owner, work, wakeup
        self._choice, self._generator, self._delivery, self._clock = choice, generator, delivery, clock
        self._queue_updates, self._max_running, self._poll_seconds = queue_updates, max_running, poll_seconds
        self._reports, self._given_up_after = reports, given_up_after
        self._may_draw = may_draw
        """Whether images can be stored now. If not, this worker begins no job, and only shows what there is to show."""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._shown = shown
        """Where people see a job, for the run that shows its outcome, while the ledger doesn't have that address."""
        self._tasks = Tasks()
        self._claims_made = Tasks(awaited=True)
        self._stops = Stops(work, self._running)
        self._claims = Claims(
            owner=owner,
            work=work,
            choice=choice,
            queue_updates=queue_updates,
            stops=self._stops,
            running=self._running,
            shown=shown,
        )
        self._claiming = True
        self.loops = (
            Loop("claiming jobs", self._start_next, seconds=0),
            Loop("renewing leases", self._renew, seconds=renew_seconds),
            Loop("taking over from the dead", self._take_over, seconds=TAKE_OVER_SECONDS),
            Loop(
                "giving up on the gateway", self._give_up, seconds=min(GIVE_UP_SECONDS, given_up_after.total_seconds())
            ),
        )
        """The loops to run for as long as the worker works."""

    @property
    def at_work(self) -> int:
        """How many jobs are being drawn or shown."""
        return len(self._running)

    async def drain(self, seconds: float) -> None:
        """Claim no further jobs, send no further requests, and wait at most `seconds` for requests that were sent.

        The runs that are left then are cancelled: their leases expire.
        """
        self._claiming = False
        self._generator.stop()
        await asyncio.gather(self._claims_made.drain(seconds), self._tasks.drain(seconds))

    async def abort(self, job_id: str) -> None:
        """Stop working on a job that was cancelled or stopped; wait a moment until it is known how far it was sent."""
        await self._stops.stop(job_id)
        self._wakeup.notify()

    async def _start_next(self) -> None:
        # A task of its own: when the loop is cut off, a claimed job has to be begun or left to others all the same.
        claiming = self._claims_made.spawn(self._claim_next(), "claiming a job")
        await asyncio.wait({claiming})
        if not claiming.cancelled() and not claiming.result():
            await self._wakeup.wait(self._poll_seconds)

    async def _claim_next(self) -> bool:
        """Claim a job and start it. Return whether one was found."""
        if not self._claiming or self._is_full:
            return False
        claimed = await self._claims.next(max_running=self._max_running if self._may_draw() else 0)
        if claimed and self._claiming:
            self._start(claimed)
        elif claimed and claimed.job.status is Status.GENERATING:
            await self._leave(claimed.job)
        elif claimed:
            logger.info("job %s is left to its lease, since the bot stops", claimed.job.id)
        return claimed is not None

    async def _leave(self, job: Job) -> None:
        """Leave a job without a sent request as the bot stops: another process, or the next one, does all of it."""
        await self._work.defer(job, self._clock.now())

    async def begin(self, job: Job, address: Address | None) -> bool:
        """Confirm a job that was just accepted; if it can be sent now, send it. It is seen at `address`, where known.

        Between that commit and the request's first byte nothing is waited for. So everything that might be waited for
        is checked first. Return whether the job is confirmed; if it isn't, the caller has to confirm it.
        """
        await prepare(job.origin.locale)
        busy = self._is_full or job.id in self._running or self._queue_updates.is_telling(job.id)
        chosen = None if busy or not self._claiming or not self._may_draw() else self._choice.chosen_at_once(job)
        if chosen is None:
            return False
        confirmed = asyncio.get_running_loop().create_future()
        # A task of its own: the caller may be cut off when the commit is already made.
        task = self._spawn(job.id, partial(self._run_at_once, job, chosen, address, confirmed))
        await asyncio.wait({task, confirmed}, return_when=asyncio.FIRST_COMPLETED)
        return confirmed.done()

    def _start(self, claimed: Claimed) -> None:
        job = claimed.job
        self._reports.notice(claimed.outage)
        if job.status is Status.GENERATING:  # nothing is waited for from here on
            self._spawn(job.id, partial(self._draw, job, Sent(images=len(job.images))))
        else:
            self._spawn(job.id, partial(self._run, job, claimed.gateway_down, self._running.get(job.id)))

    def _spawn(self, job_id: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = self._running[job_id] = self._tasks.spawn(_survived(job_id, run), f"job {job_id}")
        task.add_done_callback(lambda done: self._ended(job_id, done))
        return task

    @property
    def _is_full(self) -> bool:
        return len(self._running) >= 4 * self._max_running

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._is_full:
            self._wakeup.notify()
        if self._running.get(job_id) is task:
            del self._running[job_id]
            self._shown.pop(job_id, None)
        self._stops.ended(job_id)

    async def _run(self, job: Job, gateway_down: Fault | None, earlier: asyncio.Task[None] | None) -> None:
        if earlier:  # an aborted run may still be sending a message
            await asyncio.wait({earlier})
        await prepare(job.origin.locale)
        posted = await self._queue_updates.quiet(job.id)
        address = self._known(job.id) or posted or job.origin.address
        if earlier or address != job.origin.address:  # after an earlier run the row says how far it came
            job = await self._work.update_address(job, address)
        if job.status is not Status.QUEUED:
            await self._delivery.outcome(job)
        elif gateway_down:
            end = lifecycle.after_fault(gateway_down, made=len(job.images))
            await self._delivery.outcome(await self._work.advance(job, end, fault=gateway_down))
        else:
            await self._generate(job)

    def _known(self, job_id: str) -> Address | None:
        """Return where a job was seen, if the ledger may not have that yet, and note that a run uses it."""
        shown = self._shown.pop(job_id, None)
        if shown is None or not shown.is_news:
            return None
        shown.is_taken = True
        return shown.address

    async def _run_at_once(
        self, job: Job, chosen: Job, address: Address | None, confirmed: asyncio.Future[None]
    ) -> None:
        sent, place, claimed = Sent(), self._queue_updates.hush(job.id), None
        begun = self._work.begin(self._owner, job, chosen, address, max_running=self._max_running)
        try:
            claimed = await self._stops.unless_stopped(job.id, sent, begun)
            confirmed.set_result(None)
        except StorageError as error:
            logger.debug("job %s is not begun at once: %s", job.id, error)  # the store itself warns
        finally:
            if claimed is None and place:
                self._queue_updates.watch(job.id, place)
        if claimed and self._claiming:
            self._reports.notice(claimed.outage)
            await self._draw(claimed.job, sent)
        elif claimed:
            await self._leave(claimed.job)

    async def _generate(self, job: Job) -> None:
        chosen = await self._choice.chosen(job)
        sent = Sent(images=len(job.images))
        begun = self._work.advance(
            job, Status.GENERATING, max_running=self._max_running, request=chosen.request, asked=chosen.asked
        )
        await self._draw(await self._stops.unless_stopped(job.id, sent, begun), sent)

    async def _draw(self, job: Job, sent: Sent) -> None:
        """Send the requests that the ledger counts as sent, and deliver what comes of them."""
        async with self._delivery.progress(job, self._tasks, sent.leaves) as progress:
            try:
                ended = await self._stops.unless_stopped(
                    job.id, sent, self._generator.run(job, sent, made=progress.made)
                )
            finally:
                self._shown[job.id] = progress.shown
        self._shown.pop(job.id, None)  # from here on this run shows the outcome itself
        if isinstance(ended, Deferred):
            await self._defer(ended.job.at(progress.shown.address), ended)
        else:
            await self._delivery.outcome(ended.at(progress.shown.address))

    async def _defer(self, job: Job, ended: Deferred) -> None:
        until = self._clock.now() + ended.wait
        if ended.fault is None and self._claiming:  # another model draws it at once: so there is nothing to say yet
            await self._work.defer(job, until)
            return
        waiting = replace(job, status=Status.QUEUED, fault=ended.fault, not_before=until)
        shown = await self._delivery.show_state(job, job_reply(waiting))
        await self._work.defer(shown, until, fault=ended.fault)

    async def _renew(self) -> None:
        # Also with nothing to renew: it tells the ledger that any job still leased to this owner was lost track of.
        await self._work.renew(self._owner, tuple(self._running))

    async def _give_up(self) -> None:
        if ended := await self._work.give_up_on_gateway(self._given_up_after):
            logger.error("%d jobs waited too long for the image gateway: they are ended, and told", ended)

    async def _take_over(self) -> None:
        for job in await self._work.take_over(self._owner):
            logger.warning("job %s was left %s by a dead process", job.id, job.status)
            self._wakeup.notify()


async def _survived(job_id: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a job. Its errors must not end the worker."""
    try:
        await run()
    except LeaseLost:
        logger.info("job %s was ended or taken over by another process", job_id)
    except StorageError as error:
        logger.warning("job %s is left to its lease: %s", job_id, error)
    except Exception:
        logger.exception("job %s is left to its lease", job_id)
