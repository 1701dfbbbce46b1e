"""Builds the bot from its parts."""

import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.cli.opening import open_catalogue
from bot.cli.platforms import Platforms
from bot.cli.timings import Timings
from bot.cometapi.client import CometAPI
from bot.core.chat import Copies
from bot.core.clock import Clock, Ids
from bot.core.clock_watch import ClockWatch
from bot.core.commands.cancel import Cancel
from bot.core.commands.delete import Delete
from bot.core.commands.elsewhere import Elsewhere
from bot.core.commands.help import Help
from bot.core.commands.history import History
from bot.core.commands.imagine import HOLD, Imagine
from bot.core.commands.quota import Quota
from bot.core.commands.share import Share
from bot.core.commands.show import Show
from bot.core.commands.show_again import ShowAgain
from bot.core.commands.show_all import ShowAll
from bot.core.commands.show_here import ShowHere
from bot.core.commands.suggestions import Suggestions
from bot.core.dispatch import Bot
from bot.core.errors import StorageError
from bot.core.housekeeping import Housekeeping
from bot.core.images.clean_up import CleanUp
from bot.core.images.library import ImageLibrary
from bot.core.jobs.copies import OldCopies
from bot.core.jobs.copying import Copying
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.found import Found
from bot.core.jobs.generation import Generator
from bot.core.jobs.model_choice import ModelChoice
from bot.core.jobs.progress import Shown
from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.jobs.reports import Reports
from bot.core.jobs.showing import Showing
from bot.core.jobs.told import Told
from bot.core.jobs.worker import Worker
from bot.core.model import Job
from bot.core.probe import Probe
from bot.core.retry import Retry
from bot.core.rules.limits import QuotaPolicy
from bot.core.supervise import Link
from bot.core.tasks import Tasks
from bot.settings import Settings
from storage import Storage
from storage.look import look

logger = logging.getLogger(__name__)

_GOODBYE_SECONDS = 5.0


def _policy(settings: Settings) -> QuotaPolicy:
    return QuotaPolicy(
        images=settings.quota_images,
        period=settings.quota_period,
        zone=ZoneInfo(settings.quota_timezone),
        open_jobs=settings.max_open_jobs_per_user,
        backlog=settings.max_waiting_jobs,
        budget=settings.budget_images,
    )


class App:
    """All parts of the bot, built around the open storage and provider."""

    def __init__(
        self,
        settings: Settings,
        platforms: Platforms,
        storage: Storage,
        provider: CometAPI,
        timings: Timings,
        clock: Clock,
        *,
        test_pictures: bool = False,
        shown: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._test_pictures = test_pictures
        self._settings, self._storage, self._provider, self._timings = settings, storage, provider, timings
        self._clock, self._ids, self._tasks = clock, Ids(), Tasks()
        self._catalogue = open_catalogue(settings, clock)
        self._library, self._retry = ImageLibrary(storage.images, marks=settings.mark_images == "on"), Retry()
        self._shown: dict[str, Shown] = {}
        run = [platform for platform in platforms if platform.runs(settings)]
        chats = {platform.name: platform.build(settings, self._library, self._clock) for platform in run}
        self._access = {platform.name: platform.access(settings) for platform in run}
        self._messengers = {name: chat.messenger for name, chat in chats.items()}
        self._told = Told(ledger=storage.jobs, policy=_policy(settings), catalogue=self._catalogue, now=clock.now)
        self._delivery = Delivery(
            admission=storage.jobs,
            work=storage.jobs,
            messengers=self._messengers,
            library=self._library,
            clock=self._clock,
            retry=self._retry,
            first_wait=timings.retry,
            notice_after=timedelta(seconds=timings.notice),
            progress_every=timings.progress,
            shown=shown,
            told=self._told.of,
        )
        self._queue_updates = QueueUpdates(
            ledger=storage.jobs, delivery=self._delivery, clock=clock, max_running=settings.max_concurrent_jobs
        )
        self._worker = self._build_worker()
        self.bot = self._build_bot()
        connected = {name: chat.connect(self.bot) for name, chat in chats.items()}
        self.links = [Link(adapter) for adapter, _ in connected.values()]
        self.routes = {name: routes for name, (_, routes) in connected.items()}
        """The routes of each platform, by its name."""
        self.opened_at = {name: chat.opened_at for name, chat in chats.items() if chat.opened_at}
        self.worker_loops = self._worker.loops
        moved_up = self._queue_updates.loop(timings.queue_updates)
        steps = ClockWatch(clock=clock, work=storage.jobs, owner=storage.owner).loop()
        self.loops = (
            *self.worker_loops,
            moved_up,
            steps,
            *(probe.loop for probe in self._build_probes()),
            *self._build_housekeeping().loops(),
            *(self._old_copies(name, chat.copies).loop for name, chat in chats.items() if chat.copies),
        )

    async def look_back(self) -> None:
        """Go on from what the ledger holds, before anything is accepted. Raises StorageError."""
        if newest := await self._storage.jobs.newest_waiting():
            self._ids.come_after(newest)
        if left := await self._storage.jobs.end_left_waiting():
            logger.warning(
                "%d jobs waited while no process lived for an hour: that is told, and nothing is drawn", left
            )
        self._tasks.spawn(self._say_what_was_read(), "looking at the database")

    async def _say_what_was_read(self) -> None:
        """Say which database it is. To count takes a while where there are a million jobs: nobody waits for it."""
        try:
            logger.info("database %s", await look(self._settings.database_url))
        except StorageError as error:
            logger.warning("which database it is can't be said: %s", error)

    @property
    def jobs_at_work(self) -> int:
        """How many jobs this process draws or shows just now."""
        return self._worker.at_work

    def usd(self, job: Job) -> float | None:
        """Return about what a job's images cost; None if the list has no price."""
        return self._catalogue.cost(job.request, len(job.images))

    @property
    def undelivered(self) -> int:
        """How many outcomes this process gave up."""
        return self._delivery.given_up

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Run the loops and the adapters while the context lasts."""
        background = [
            *(self._tasks.spawn(loop.run(), loop.name) for loop in self.loops),
            *(self._tasks.spawn(link.run(), link.name) for link in self.links),
        ]
        try:
            yield
        finally:
            self.bot.stop_accepting()
            await self._worker.drain(self._settings.shutdown_grace)
            for task in background:
                task.cancel()
            await self._tasks.drain(_GOODBYE_SECONDS)

    def _build_bot(self) -> Bot:
        jobs, settings = self._storage.jobs, self._settings
        policy, retry = _policy(settings), Retry(seconds=HOLD.total_seconds())
        found = Found(ledger=jobs, messengers=self._messengers)
        imagine = Imagine(
            admission=jobs,
            found=found,
            catalogue=self._catalogue,
            policy=policy,
            clock=self._clock,
            tasks=self._tasks,
            max_running=settings.max_concurrent_jobs,
            access=self._access,
            ids=self._ids,
            test_pictures=self._test_pictures,
            watch=self._queue_updates.watch,
            retry=retry,
            store_away=lambda: self._storage.conditions["images"].failing_for() >= self._timings.probe,
        )
        return Bot(
            imagine=imagine,
            quota=Quota(ledger=jobs, policy=policy, clock=self._clock),
            history=History(ledger=jobs, told=self._told.of),
            show=Show(ledger=jobs, has_any=self._library.has_any, told=self._told.of),
            show_here=ShowHere(
                ledger=jobs,
                messengers=self._messengers,
                copying=Copying(admission=jobs, showing=Showing(self._messengers)),
                clock=self._clock,
                barred=imagine.barred,
                has_any=self._library.has_any,
                told=self._told.of,
            ),
            delete=Delete(admission=jobs, found=found, messengers=self._messengers, abort=self._worker.abort),
            others=(
                Help(catalogue=self._catalogue),
                ShowAgain(found=found),
                ShowAll(found=found),
                Elsewhere(imagine=imagine, ledger=jobs, clock=self._clock),
                Share(ledger=jobs, messengers=self._messengers),
                Cancel(admission=jobs, ledger=jobs, found=found, abort=self._worker.abort),
            ),
            catalogue=self._catalogue,
            suggestions=Suggestions(catalogue=self._catalogue, ledger=jobs, clock=self._clock, tasks=self._tasks),
            admission=jobs,
            ledger=jobs,
            people=self._storage.people,
            retry=retry,
            max_running=settings.max_concurrent_jobs,
            shown=self._shown,
            begin=self._worker.begin,
        )

    def _build_worker(self) -> Worker:
        jobs, clock = self._storage.jobs, self._clock
        choice = ModelChoice(catalogue=self._catalogue, gateway=jobs, clock=clock)
        reports = Reports(
            gateway=jobs,
            clock=clock,
            cool_down=timedelta(seconds=self._timings.cool_down),
            first_pause=timedelta(seconds=self._timings.outage),
        )
        generator = Generator(
            work=jobs,
            reports=reports,
            provider=self._provider,
            library=self._library,
            choice=choice,
            clock=clock,
            retry=self._retry,
            jitter=random.Random(),  # noqa: S311  it spreads retries, and protects nothing
            max_running=self._settings.max_concurrent_jobs,
            may_draw=self._may_draw,
            first_wait=self._timings.retry,
        )
        return Worker(
            owner=self._storage.owner,
            work=jobs,
            wakeup=self._storage.wakeup,
            generator=generator,
            reports=reports,
            choice=choice,
            delivery=self._delivery,
            queue_updates=self._queue_updates,
            clock=clock,
            max_running=self._settings.max_concurrent_jobs,
            shown=self._shown,
            test_pictures=self._test_pictures,
            may_draw=self._may_draw,
            given_up_after=timedelta(seconds=self._timings.given_up),
            renew_seconds=self._timings.renewal,
            poll_seconds=self._timings.poll,
        )

    def _may_draw(self) -> bool:
        """Return whether an image that is drawn now can be kept."""
        return self._storage.conditions["images"].works

    def _build_probes(self) -> Sequence[Probe]:
        checks = {"database": self._storage.jobs.check, "images": self._storage.images.check}
        return [
            Probe(condition, checks[name], seconds=self._timings.probe)
            for name, condition in self._storage.conditions.items()
        ]

    def _old_copies(self, platform: str, copies: Copies) -> OldCopies:
        jobs = self._storage.jobs
        return OldCopies(platform=platform, copies=copies, admission=jobs, ledger=jobs, clock=self._clock)

    def _build_housekeeping(self) -> Housekeeping:
        return Housekeeping(
            catalogue=self._catalogue,
            provider=self._provider,
            gateway=self._storage.jobs,
            clean_up=CleanUp(
                ledger=self._storage.jobs,
                images=self._storage.images,
                clock=self._clock,
                retention=timedelta(days=self._settings.image_retention_days),
            ),
            recovery_seconds=self._timings.recovery,
        )
