"""What the doctor checks: the settings, the core's own checks, and those of each platform that is set up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from bot.cli.assembly import open_catalogue, open_provider, open_stores
from bot.cli.platforms import PLATFORMS, Platforms
from bot.core import doctor
from bot.core.doctor import Check, CheckGroup, listed
from bot.core.errors import StorageError
from bot.core.language.language import Language
from bot.core.message import Message, marked, message, of_error
from bot.settings import Settings
from storage.bucket import endpoint


@asynccontextmanager
async def check_groups(settings: Settings, platforms: Platforms = PLATFORMS) -> AsyncIterator[Sequence[CheckGroup]]:
    """Open what the checks need, and yield them in the order in which an operator would fix things."""
    async with AsyncExitStack() as stack:
        provider, catalogue = await stack.enter_async_context(open_provider(settings)), open_catalogue(settings)

        async def settings_check() -> Sequence[Check]:
            return _settings(settings, platforms)

        async def stored() -> Sequence[Check]:
            try:
                storage = await stack.enter_async_context(open_stores(settings))
            except StorageError as error:
                advice = message("Check DATABASE_URL or IMAGE_STORE, whichever this is about, and the disk.")
                return [Check(name=marked("storage"), ok=False, detail=of_error(error), advice=advice)]
            with suppress(StorageError):
                catalogue.set_refused(await storage.jobs.refused_models())
            return [*await doctor.database(storage.jobs), *await doctor.image_store(storage.images)]

        async def gateway() -> Sequence[Check]:
            own_default = "default_model" in settings.model_fields_set
            return await doctor.gateway(provider, catalogue, own_default=own_default)

        running = [partial(platform.checks, settings) for platform in platforms if platform.runs(settings)]
        yield [settings_check, stored, *([gateway] if settings.cometapi_key else []), *running]


def shown(check: Check, texts: Language) -> str:
    """Return a check as the doctor prints it. Scripts look for `FAIL`, so it is the same in every language."""
    detail = texts.text(check.detail) if isinstance(check.detail, Message) else check.detail
    advice = f"\n      → {texts.text(check.advice)}" if check.advice else ""
    return f"{'ok  ' if check.ok else 'FAIL'}  {texts.label(check.name)}: {detail}{advice}"


def _settings(settings: Settings, platforms: Platforms) -> Sequence[Check]:
    hosts = dict(settings.ways_out.to(settings.cometapi_base_url)) if settings.cometapi_key else {}
    if settings.image_store.startswith("s3://"):
        hosts.update(settings.ways_out.to(endpoint(settings.bucket)))
    for platform in platforms:
        if platform.runs(settings):
            hosts.update(platform.hosts(settings))
    return [
        _gateway_settings(settings),
        _platform_settings(settings, platforms),
        *doctor.ways_out(hosts, settings.ways_out.certificate_file),
    ]


def _gateway_settings(settings: Settings) -> Check:
    name = marked("gateway settings")
    if settings.cometapi_key:
        return Check(name=name, ok=True, detail=message("COMETAPI_KEY is set."))
    advice = message("Set COMETAPI_KEY to a key from CometAPI's console.")
    return Check(name=name, ok=False, detail=message("COMETAPI_KEY is not set."), advice=advice)


def _platform_settings(settings: Settings, platforms: Platforms) -> Check:
    name = marked("platform settings")
    titles = [Message(platform.title) for platform in platforms if platform.runs(settings)]
    if titles:
        return Check(name=name, ok=True, detail=listed(titles))
    switches = ", ".join(platform.switch for platform in platforms)
    advice = message("Set one of these: {settings}", settings=switches)
    return Check(name=name, ok=False, detail=message("No platform is set up."), advice=advice)
