"""Runs the bot while a context lasts."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from bot.cli.app import App
from bot.cli.local_gateway import with_sandbox
from bot.cli.opening import open_provider, open_stores
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.servers import open_servers
from bot.cli.timings import Timings
from bot.core.clock import Clock, SystemClock
from bot.core.dispatch import Bot
from bot.core.health import Health
from bot.core.language.catalogues import offered
from bot.core.model import Job
from bot.core.precedence import Precedence
from bot.core.supervise import Link
from bot.settings import Settings
from storage import Storage


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Running:
    """The running bot. `url` is the base URL of its HTTP server."""

    bot: Bot
    url: str
    opened_at: Mapping[str, str] = field(repr=False)
    """The addresses that people open, by the platform's name. They may hold keys."""
    health: Health
    links: Sequence[Link]
    """The connections to the platforms."""
    usd: Callable[[Job], float | None]
    """About what a job's images cost, in USD; None if that isn't known."""
    at_work: Callable[[], int]
    """How many jobs are being drawn or shown: the end waits for them."""
    knows_models: Callable[[], bool]
    """Whether the gateway was asked which models it has, with or without success: until then the default is a guess."""

    async def ready(self) -> bool:
        """Return whether commands are accepted on every platform and processed."""
        return (await self.health.readiness(True))[0]


@asynccontextmanager
async def running(
    settings: Settings,
    timings: Timings | None = None,
    *,
    platforms: Platforms = PLATFORMS,
    stores: Callable[[Settings, Timings], AbstractAsyncContextManager[Storage]] | None = None,
    clock: Clock | None = None,
    shown: Callable[[Job], None] = lambda _: None,
    http: bool = True,
) -> AsyncIterator[Running]:
    """Run the bot while the context lasts; then accept no new jobs, wait for running ones, and close everything.

    Only the `platforms` that are set up run.
    `shown` gets each job whose outcome people see.
    `stores` opens the database and the image store; the default is `open_stores`.
    `http` says whether there is the HTTP server that platforms share. Without it, a platform has a server of its own.
    Raises OSError if a port is taken, ValueError if two are the same, StorageError if the database or the image store
    can't be opened.
    """
    timings, clock = timings or Timings(), clock or SystemClock()
    health = Health(clock, seconds=timings.figures)
    async with AsyncExitStack() as stack:
        stack.enter_context(offered(settings.language_folder))
        test_pictures = settings.test_pictures
        if test_pictures:
            settings = await stack.enter_async_context(with_sandbox(settings))
        servers = await stack.enter_async_context(open_servers(settings, platforms, health, shared=http))
        precedence = Precedence(timings.gives_way)
        provider = await stack.enter_async_context(open_provider(settings, timings, precedence))
        storage = await stack.enter_async_context((stores or partial(open_stores, clock=clock))(settings, timings))
        app = App(
            settings, platforms, storage, provider, precedence, timings, clock, test_pictures=test_pictures, shown=shown
        )
        app.watched_by(health)
        await servers.mount(app.routes)
        stack.push_async_callback(servers.mount, {})  # a later request must not reach what is closed by then
        await app.look_back()
        async with app.at_work():
            opened_at = {name: address(servers.own[name].port) for name, address in app.opened_at.items()}
            yield Running(
                bot=app.bot,
                url=servers.url,
                opened_at=opened_at,
                health=health,
                links=app.links,
                usd=app.usd,
                at_work=lambda: app.jobs_at_work,
                knows_models=lambda: app.knows_models,
            )
