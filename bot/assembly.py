"""The composition root: the one module that knows every part, and puts them together."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from adapters.discord import DiscordAdapter
from adapters.http.server import HttpServer
from adapters.slack import SlackAdapter, SlackCommands
from adapters.web import WebAdapter
from aiohttp import web
from bot.app import Bot
from bot.cancel import Cancel
from bot.catalogue import Catalogue
from bot.clock import SystemClock
from bot.delivery import Delivery
from bot.errors import StorageError
from bot.gallery import Gallery
from bot.generation import Generator
from bot.history import History
from bot.housekeeping import Housekeeping
from bot.imagine import Imagine
from bot.patience import Patience
from bot.ports import Adapter
from bot.providers.cometapi import CometAPI
from bot.quota import Quota
from bot.settings import Settings
from bot.supervise import keep_running
from bot.tasks import Tasks
from bot.worker import Worker
from storage import Storage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every command builds on: storage (not opened yet), gateway and catalogue."""

    settings: Settings
    clock: SystemClock
    storage: Storage
    catalogue: Catalogue
    provider: CometAPI


def parts(settings: Settings) -> Parts:
    """Build the parts that do no I/O until they are entered."""
    clock = SystemClock()
    catalogue = Catalogue(
        default=settings.default_model, preference=settings.model_preference, allowed=settings.allowed_models
    )
    key = settings.cometapi_key.get_secret_value() if settings.cometapi_key else ""
    return Parts(
        settings=settings,
        clock=clock,
        storage=Storage(database_url=settings.database_url, image_store=settings.image_store, clock=clock),
        catalogue=catalogue,
        provider=CometAPI(base_url=settings.cometapi_base_url, key=key, timeout=settings.generation_timeout),
    )


class Running:
    """The whole bot, from start to its clean end."""

    def __init__(self, built: Parts) -> None:
        self._built, settings = built, built.settings
        jobs, clock, storage = built.storage.jobs, built.clock, built.storage
        self._tasks = Tasks()
        gallery, quota = Gallery(storage.images), Quota(jobs, settings, clock)
        self.bot = Bot(
            imagine=Imagine(
                jobs=jobs,
                catalogue=built.catalogue,
                quota=quota,
                clock=clock,
                tasks=self._tasks,
                max_running=settings.max_concurrent_jobs,
            ),
            quota=quota,
            history=History(jobs),
            cancel=Cancel(jobs, abort=lambda job_id: self._worker.abort(job_id)),
            gallery=gallery,
            catalogue=built.catalogue,
            jobs=jobs,
            max_running=settings.max_concurrent_jobs,
        )
        self.adapters, routes = platforms(settings, self.bot)
        self._worker = self._build_worker(gallery)
        self._housekeeping = Housekeeping(
            catalogue=built.catalogue,
            provider=built.provider,
            jobs=jobs,
            images=storage.images,
            clock=clock,
            retention=timedelta(days=settings.image_retention_days),
        )
        self.server = HttpServer(
            host=settings.http_host,
            port=settings.http_port,
            readiness=self.readiness,
            counts=jobs.counts,
            routes=routes,
        )

    @property
    def url(self) -> str:
        """The HTTP server's base address."""
        return self.server.url

    async def readiness(self) -> tuple[bool, Mapping[str, object]]:
        """Say whether every platform is connected and the database migrated, with the details."""
        connected = {adapter.name: adapter.ready for adapter in self.adapters}
        database, gateway = self._built.storage.ready, "unknown"
        if database:
            try:
                fault = await self._built.storage.jobs.out_of_order()
                gateway = f"out of order: {fault}" if fault else "ok"
            except StorageError:
                database = False
        details = {"database": database, "platforms": connected, "gateway": gateway}
        return database and all(connected.values()), details

    async def ready(self) -> bool:
        """Say whether commands can be taken on every platform."""
        return (await self.readiness())[0]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the context lasts; then take nothing new, let running jobs end, and close everything."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.server)
            await stack.enter_async_context(self._built.provider)
            await stack.enter_async_context(self._built.storage)
            background = [
                self._tasks.spawn(self._worker.run(), "worker"),
                self._tasks.spawn(self._housekeeping.run(), "housekeeping"),
                *(self._tasks.spawn(keep_running(adapter), adapter.name) for adapter in self.adapters),
            ]
            try:
                yield
            finally:
                self.bot.stop_accepting()
                await self._worker.drain(self._built.settings.shutdown_grace)
                for task in background:
                    task.cancel()
                await self._tasks.drain(5)

    def _build_worker(self, gallery: Gallery) -> Worker:
        built, jobs, patience = self._built, self._built.storage.jobs, Patience()
        return Worker(
            owner=built.storage.owner,
            jobs=jobs,
            wakeup=built.storage.wakeup,
            generator=Generator(
                jobs=jobs,
                provider=built.provider,
                catalogue=built.catalogue,
                gallery=gallery,
                clock=built.clock,
                patience=patience,
                jitter=random.Random(),  # noqa: S311  spreads retries, guards nothing
            ),
            delivery=Delivery(
                jobs=jobs,
                messengers={adapter.name: adapter.messenger for adapter in self.adapters},
                clock=built.clock,
                patience=patience,
            ),
            clock=built.clock,
            max_running=built.settings.max_concurrent_jobs,
        )


def platforms(settings: Settings, bot: Bot) -> tuple[Sequence[Adapter], Sequence[web.AbstractRouteDef]]:
    """Build the platforms whose tokens are set, and the routes that they bring."""
    adapters: list[Adapter] = []
    routes: list[web.AbstractRouteDef] = []
    if settings.discord_token:
        adapters.append(
            DiscordAdapter(
                bot,
                token=settings.discord_token.get_secret_value(),
                api_url=settings.discord_api_url,
                gateway_url=settings.discord_gateway_url,
            )
        )
    if settings.slack_bot_token:
        slack = slack_adapter(settings, bot)
        adapters.append(slack)
        routes += slack.routes
    if settings.playground:
        playground = WebAdapter(bot)
        adapters.append(playground)
        routes += playground.routes
    return adapters, routes


def slack_adapter(settings: Settings, bot: Bot) -> SlackAdapter:
    """Build the Slack adapter, in the mode that the set tokens mean."""
    token, app_token, secret = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
    return SlackAdapter(
        bot,
        bot_token=token.get_secret_value() if token else "",
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=secret.get_secret_value() if secret else None,
        api_url=settings.slack_api_url,
        commands=slack_commands(settings),
    )


def slack_commands(settings: Settings) -> SlackCommands:
    """Give the names that the commands have on Slack."""
    return SlackCommands(
        imagine=settings.slack_imagine_command,
        quota=settings.slack_quota_command,
        history=settings.slack_history_command,
    )
