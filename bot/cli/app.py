"""Builds the bot from its parts."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.cli.answering import build_bot
from bot.cli.opening import open_catalogue
from bot.cli.parts import Parts
from bot.cli.platforms import Platforms
from bot.cli.timings import Timings
from bot.cli.working import build_delivery, build_queue_updates, build_worker
from bot.core.clock import Clock
from bot.core.clock_watch import ClockWatch
from bot.core.errors import StorageError
from bot.core.health import Health
from bot.core.housekeeping import Housekeeping
from bot.core.images.clean_up import CleanUp
from bot.core.images.library import ImageLibrary
from bot.core.jobs.copies import OldCopies
from bot.core.model import Job
from bot.core.platform import Chat
from bot.core.ports import ImageProvider
from bot.core.precedence import Precedence
from bot.core.probe import Probe
from bot.core.supervise import Link, Loop
from bot.settings import Settings
from storage import Storage
from storage.look import look

logger = logging.getLogger(__name__)

_GOODBYE_SECONDS = 5.0


class App:
    """All parts of the bot, built around the open storage and provider."""

    def __init__(
        self,
        settings: Settings,
        platforms: Platforms,
        storage: Storage,
        provider: ImageProvider,
        precedence: Precedence,
        timings: Timings,
        clock: Clock,
        *,
        test_pictures: bool = False,
        shown: Callable[[Job], None] = lambda _: None,
    ) -> None:
        library = ImageLibrary(storage.images, marks=settings.mark_images == "on")
        run = [platform for platform in platforms if platform.runs(settings)]
        chats = {platform.name: platform.build(settings, library, clock) for platform in run}
        self._parts = Parts(
            settings=settings,
            storage=storage,
            provider=provider,
            timings=timings,
            clock=clock,
            catalogue=open_catalogue(settings, clock),
            library=library,
            messengers={name: chat.messenger for name, chat in chats.items()},
            access={platform.name: platform.access(settings) for platform in run},
            precedence=precedence,
            test_pictures=test_pictures,
            on_shown=shown,
        )
        self._delivery = build_delivery(self._parts)
        self._queue_updates = build_queue_updates(self._parts, self._delivery)
        self._worker = build_worker(self._parts, self._delivery, self._queue_updates)
        self.bot = build_bot(self._parts, self._worker, self._queue_updates)
        connected = {name: chat.connect(self.bot) for name, chat in chats.items()}
        self.links = [Link(adapter) for adapter, _ in connected.values()]
        self.routes = {name: routes for name, (_, routes) in connected.items()}
        """The routes of each platform, by its name."""
        self.opened_at = {name: chat.opened_at for name, chat in chats.items() if chat.opened_at}
        self._loops = (*self._worker.loops, *self._other_loops(), *self._old_copies(chats))

    async def look_back(self) -> None:
        """Go on from what the ledger holds, before anything is accepted. Raises StorageError."""
        jobs = self._parts.storage.jobs
        if newest := await jobs.newest_waiting():
            self._parts.ids.come_after(newest)
        if left := await jobs.end_left_waiting():
            logger.warning(
                "%d jobs waited while no process lived for an hour: that is told, and nothing is drawn", left
            )
        self._parts.tasks.spawn(self._say_what_was_read(), "looking at the database")

    async def _say_what_was_read(self) -> None:
        """Say which database it is. To count takes a while where there are a million jobs: nobody waits for it."""
        try:
            logger.info("database %s", await look(self._parts.settings.database_url))
        except StorageError as error:
            logger.warning("which database it is can't be said: %s", error)

    @property
    def jobs_at_work(self) -> int:
        """How many jobs this process draws or shows just now."""
        return self._worker.at_work

    @property
    def knows_models(self) -> bool:
        """Whether the gateway was asked which models it has, with or without success."""
        return self._parts.catalogue.was_answered

    def usd(self, job: Job) -> float | None:
        """Return about what a job's images cost; None if the list has no price."""
        return self._parts.catalogue.cost(job.request, len(job.images))

    def watched_by(self, health: Health) -> None:
        """Let the health report on all parts."""
        storage = self._parts.storage
        health.watch(
            ledger=storage.jobs,
            work=storage.jobs,
            gateway=storage.jobs,
            links=self.links,
            worker=self._worker.loops,
            loops=self._loops,
            undelivered=lambda: self._delivery.given_up,
            refused=self.bot.refused.by_reason,
            stores=storage.conditions,
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Run the loops and the adapters while the context lasts."""
        tasks = self._parts.tasks
        background = [
            *(tasks.spawn(link.run(), link.name) for link in self.links),
            *(tasks.spawn(loop.run(), loop.name) for loop in self._loops),
        ]
        try:
            yield
        finally:
            self.bot.stop_accepting()
            await self._worker.drain(self._parts.settings.shutdown_grace)
            for task in background:
                task.cancel()
            await tasks.drain(_GOODBYE_SECONDS)

    def _other_loops(self) -> Iterator[Loop]:
        storage, clock, timings = self._parts.storage, self._parts.clock, self._parts.timings
        yield self._queue_updates.loop(timings.queue_updates)
        yield ClockWatch(clock=clock, work=storage.jobs, owner=storage.owner).loop()
        checks = {"database": storage.jobs.check, "images": storage.images.check}
        for name, condition in storage.conditions.items():
            yield Probe(condition, checks[name], seconds=timings.probe).loop
        yield from Housekeeping(
            catalogue=self._parts.catalogue,
            provider=self._parts.provider,
            gateway=storage.jobs,
            clean_up=CleanUp(
                ledger=storage.jobs,
                images=storage.images,
                clock=clock,
                retention=timedelta(days=self._parts.settings.image_retention_days),
            ),
            recovery_seconds=timings.recovery,
        ).loops()

    def _old_copies(self, chats: Mapping[str, Chat]) -> Iterator[Loop]:
        jobs, clock = self._parts.storage.jobs, self._parts.clock
        for name, chat in chats.items():
            if chat.copies:
                yield OldCopies(platform=name, copies=chat.copies, admission=jobs, ledger=jobs, clock=clock).loop
