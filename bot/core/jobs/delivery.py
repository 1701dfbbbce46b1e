"""Delivery: shows stored images and outcomes to users. It is retried independently of generation."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from bot.core.chat import Messenger
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, LeaseLost, MessageDeleted, PicturesGone, StorageError
from bot.core.images.library import ImageLibrary
from bot.core.jobs.job_reply import job_reply
from bot.core.jobs.outcome import Outcome, in_words, outcome_of
from bot.core.jobs.progress import SHOWN_EVERY, Progress, Shown
from bot.core.jobs.showing import UNREAD, Showing
from bot.core.jobs.told import as_it_is
from bot.core.language import prepare, speak
from bot.core.language.channels import notice
from bot.core.ledger import Admission
from bot.core.model import Fault, Job, Status
from bot.core.origin import Address
from bot.core.precedence import Precedence
from bot.core.queue import QueuePosition
from bot.core.replies import Reply
from bot.core.retry import Retry
from bot.core.rules import patience
from bot.core.tasks import Tasks
from bot.core.work_queue import WorkQueue

logger = logging.getLogger(__name__)

FIRST_WAIT = 1.0
# People who have waited longer may look elsewhere by now.
NOTICE_AFTER = timedelta(seconds=60)
# The longest time that a progress message that is being sent may delay the outcome.
_SETTLE_SECONDS = 5.0


class Delivery:
    """Shows a job's outcome through its platform's messenger, and records that it was shown."""

    def __init__(
        self,
        *,
        admission: Admission,
        work: WorkQueue,
        messengers: Mapping[str, Messenger],
        library: ImageLibrary,
        clock: Clock,
        retry: Retry,
        precedence: Precedence,
        first_wait: float = FIRST_WAIT,
        notice_after: timedelta = NOTICE_AFTER,
        progress_every: float = SHOWN_EVERY,
        shown: Callable[[Job], None] = lambda _: None,
        told: Callable[[Job], Awaitable[Job]] = as_it_is,
    ) -> None:
        self._shown, self._told = shown, told
        self._notice_after, self._progress_every = notice_after, progress_every
        self._admission, self._work, self._showing = admission, work, Showing(messengers)
        self._library, self._clock, self._retry = library, clock, retry
        self._first_wait, self._precedence = first_wait, precedence
        self.given_up = 0
        """How many outcomes could be shown nowhere, not even in words, for as long as they were tried."""

    @asynccontextmanager
    async def progress(self, job: Job, tasks: Tasks, begun: asyncio.Event) -> AsyncIterator[Progress]:
        """Show a job's progress in the background, as one of `tasks`. The yielded value knows where it is shown.

        `begun` is set when the job's request leaves. The request goes before the message that says so. The end waits
        briefly for a message that is being sent, then cancels it, so that it can't overwrite the outcome.
        """
        progress = Progress(job, self._show_progress, begun, self._progress_every)
        showing = tasks.spawn(progress.run(), f"progress of {job.id}")
        try:
            yield progress
        finally:
            progress.end()
            await _settled(showing)

    async def _show_progress(self, job: Job, shown: Shown) -> None:
        unread = self._showing.reads_ledger(job.origin.address)
        await self.show_state(job, UNREAD if unread else job_reply(job), shown)

    async def show_state(self, job: Job, reply: Reply, shown: Shown | None = None) -> Job:
        """Show the state of a job that has not ended, and return the job with the address where that is shown.

        A failure is only logged: the outcome is delivered separately. `shown` knows at every moment where it is.
        """

        async def remember(address: Address) -> None:
            nonlocal job
            if shown:
                shown.learn(address)
            if address != job.origin.address:
                job = await self._with_new_address(job, address)

        try:
            await remember(await self._showing.show(job, reply, remember))
        except DeliveryError as error:
            logger.info("job %s: progress not shown: %s", job.id, error)
        return job

    async def _with_new_address(self, job: Job, address: Address) -> Job:
        try:
            return await self._retry.write(lambda: self._work.update_address(job, address))
        except (LeaseLost, StorageError) as error:
            # The code that shows the outcome in this process still needs to know which message to change.
            logger.info("job %s: where it is shown is not kept: %s", job.id, type(error).__name__)
            return job.at(address)

    async def show_position(self, job: Job, position: QueuePosition, posted: Callable[[Address], None]) -> None:
        """Show the place of a job that waits in the queue. If that takes a new message, `posted` gets its address.

        If a worker takes the job meanwhile, the ledger doesn't keep that message.
        """
        await prepare(job.origin.locale)

        async def remember(address: Address) -> None:
            if address != job.origin.address:
                posted(address)
                await self._admission.confirm(job.id, address)

        try:
            await remember(await self._showing.show(job, job_reply(job, position), remember))
        except (DeliveryError, StorageError) as error:
            logger.info("job %s: place not shown: %s", job.id, error)

    async def outcome(self, job: Job) -> None:
        """Show the images of a `delivering` job, or how an ended job ended; delete what is left of a deleted one.

        Raises LeaseLost, StorageError.
        """
        if job.deleted_at:
            await self._delete(job)
            return
        await self._precedence.give_way()
        try:
            unread = self._showing.reads_ledger(job.origin.address)
            await self._outcome(Outcome(job=job, reply=UNREAD) if unread else outcome_of(await self._told(job)))
        finally:
            self._library.let_go(job.id)

    async def _outcome(self, outcome: Outcome) -> None:
        job = outcome.job

        async def remember(address: Address) -> None:
            nonlocal job
            job = await self._with_new_address(job, address)

        try:
            address = await self._showing.show(job, outcome.reply, remember)
        except MessageDeleted as deleted:
            await self._outcome_alone(replace(outcome, job=job), deleted.address)
            return
        except PicturesGone as gone:
            if left := await self._without_lost(replace(outcome, job=job)):
                await self._outcome(left)
            else:
                await self._not_shown(job, gone)
            return
        except DeliveryError as error:
            await self._not_shown(job, error)
            return
        # That a notice will be sent is stored first, so that it is sent once at most, and never again after an error.
        notice = self._notice(job, address)
        await self._delivered(job, address, announced=notice is not None)
        if notice:
            await self._showing.notify(job, address, notice)

    async def _delete(self, job: Job) -> None:
        """Delete a job's images and its message. What fails is tried again, since nobody would ask for it once more."""
        failed: Exception | None = None
        try:
            await self._library.delete(job.id)
        except StorageError as error:  # it may take a while, and people look at the message
            failed = error
        for address in (job.origin.address, *(copy.address for copy in job.copies)):
            try:
                await self._showing.delete(job.id, address)
            except DeliveryError as error:
                if error.permanent:
                    logger.warning("job %s is deleted, but not one of its messages: %s", job.id, error)
                else:
                    failed = error
        if failed is None or patience.is_given_up(replace(job, ended_at=job.deleted_at), self._clock.now()):
            await self._mark_notified(job, job.origin.address)
        else:
            await self._put_off(job, failed if isinstance(failed, DeliveryError) else DeliveryError(str(failed)))

    async def _outcome_alone(self, outcome: Outcome, address: Address) -> None:
        """Show an outcome to its asker alone. Where that isn't possible, it is in the history, and nothing is said."""
        job = outcome.job

        async def remember(known: Address) -> None:
            nonlocal address
            await self._retry.write(lambda: self._work.update_address(job, known))
            address = known

        async def show(shown: Reply) -> Address:
            return await self._showing.show_alone(job, address, shown, remember)

        await remember(address)
        try:
            # This message tells them; no notice has to.
            await self._delivered(job, await show(outcome.alone), announced=True)
        except DeliveryError as error:
            if isinstance(error, PicturesGone) and (left := await self._without_lost(outcome)):
                await self._outcome_alone(left, address)
                return
            if not error.permanent and not patience.is_given_up(job, self._clock.now()):
                await self._put_off(job, error)
                return
            logger.info("job %s: its message was deleted, and its asker sees nothing else: %s", job.id, error)
            if job.status is Status.DELIVERING:
                job = await self._retry.write(lambda: self._work.advance(job, Status.UNDELIVERED))
            with suppress(DeliveryError):
                address = await show(in_words(await self._told(job), error)) if outcome.alone.pictures else address
            await self._mark_notified(job, address, announced=True)

    async def _without_lost(self, outcome: Outcome) -> Outcome | None:
        """Return what is left to show after images were lost; None if nothing is left, or if none were lost."""
        job, pictures = outcome.job, outcome.reply.pictures
        whole = [picture for picture in pictures if await self._library.is_whole(picture)]
        if len(whole) == len(pictures):
            return None
        if whole:
            return outcome.with_only(whole)
        if job.status is not Status.DELIVERING:
            return None
        lost = await self._retry.write(
            lambda: self._work.advance(job, Status.UNKNOWN, fault=Fault.IMAGE_LOST, images_sent=job.sent)
        )
        return outcome_of(await self._told(lost))

    def _notice(self, job: Job, address: Address) -> Reply | None:
        """Return the notice for the asker, who may not look at the edited message; None if it isn't worth one."""
        worth = patience.is_worth_a_notice(job, self._clock.now(), self._notice_after)
        if not worth or not self._showing.can_notify(address):
            return None
        return notice(speak(job.origin.locale), ready=job.status is Status.DELIVERING, link=address.link)

    async def _not_shown(self, job: Job, error: DeliveryError) -> None:
        """Try again later. If the place is closed to images, or this is given up, say so there in words."""
        given_up = patience.is_given_up(job, self._clock.now())
        if given_up or error.permanent:
            if job.status is Status.DELIVERING:
                job = await self._retry.write(lambda: self._work.advance(job, Status.UNDELIVERED))
            if told := await self._tell_undelivered(job, error):
                await self._mark_notified(job, told)
                return
        if given_up:
            self.given_up += 1
            logger.error("job %s is in the history only, since it could not be shown for a day: %s", job.id, error)
            await self._mark_notified(job, job.origin.address)
            return
        if error.permanent and job.origin.address.tokens:  # they are over by then
            job = await self._with_new_address(job, replace(job.origin.address, tokens={}))
        await self._put_off(job, error)

    async def _put_off(self, job: Job, error: DeliveryError) -> None:
        until = self._clock.now() + patience.pause(error, job.deliveries, self._first_wait)
        logger.info("job %s: delivery put off until %s: %s", job.id, until, error)
        tried = error.retry_after is None
        await self._retry.write(lambda: self._work.defer(job, until, tried=tried))

    async def _tell_undelivered(self, job: Job, error: DeliveryError) -> Address | None:
        """Say in words that the images can't be shown, if there are any, and return where that was possible."""
        if not job_reply(job).pictures:
            return None
        try:
            return await self._showing.show(job, in_words(await self._told(job), error))
        except DeliveryError as error:
            logger.info("job %s: that could not be said either: %s", job.id, error)
            return None

    async def _delivered(self, job: Job, address: Address, *, announced: bool) -> None:
        if job.status in {Status.DELIVERING, Status.UNDELIVERED}:
            job = await self._retry.write(
                lambda: self._work.advance(job, Status.DELIVERED, address=address, announced=announced)
            )
        else:
            await self._mark_notified(job, address, announced=announced)
        self._shown(job)

    async def _mark_notified(self, job: Job, address: Address, *, announced: bool = False) -> None:
        await self._retry.write(lambda: self._work.mark_notified(job, address, announced=announced))


async def _settled(showing: asyncio.Task[None]) -> None:
    try:
        await asyncio.wait({showing}, timeout=_SETTLE_SECONDS)
    finally:
        showing.cancel()
        await asyncio.wait({showing})
