"""What the doctor checks: the settings, the core's own checks, and those of each platform that is set up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from bot.cli.assembly import open_catalogue, open_provider, open_stores
from bot.cli.platforms import PLATFORMS, Platforms
from bot.core import doctor
from bot.core.doctor import Check, CheckGroup
from bot.core.errors import StorageError
from bot.settings import Settings


@asynccontextmanager
async def check_groups(settings: Settings, platforms: Platforms = PLATFORMS) -> AsyncIterator[Sequence[CheckGroup]]:
    """Open what the checks need, and yield them in the order in which an operator would fix things."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(open_provider(settings))

        async def settings_check() -> Sequence[Check]:
            return _settings(settings, platforms)

        async def stored() -> Sequence[Check]:
            try:
                storage = await stack.enter_async_context(open_stores(settings))
            except StorageError as error:
                advice = "look at DATABASE_URL or IMAGE_STORE, whichever it is about, and at the disk"
                return [Check(name="storage", ok=False, detail=str(error), advice=advice)]
            return [*await doctor.database(storage.jobs), *await doctor.image_store(storage.images)]

        async def gateway() -> Sequence[Check]:
            return await doctor.gateway(provider, open_catalogue(settings))

        running = [partial(platform.checks, settings) for platform in platforms if platform.runs(settings)]
        yield [settings_check, stored, *([gateway] if settings.cometapi_key else []), *running]


def _settings(settings: Settings, platforms: Platforms) -> Sequence[Check]:
    key = Check(
        name="settings: gateway",
        ok=settings.cometapi_key is not None,
        detail="COMETAPI_KEY is set" if settings.cometapi_key else "COMETAPI_KEY is not set",
        advice="" if settings.cometapi_key else "set COMETAPI_KEY to a key from CometAPI's console",
    )
    names = [platform.title for platform in platforms if platform.runs(settings)]
    *switches, last = (platform.switch for platform in platforms)
    chats = Check(
        name="settings: platforms",
        ok=bool(names),
        detail=", ".join(names) if names else "none is set",
        advice="" if names else f"set {', '.join(switches)} or {last}",
    )
    return [key, chats]
