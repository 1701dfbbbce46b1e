"""What the doctor checks: the settings, the core's own checks, and those of each platform that is set up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.discord import doctor as discord_doctor
from adapters.slack import doctor as slack_doctor
from bot.cli.assembly import open_catalogue, open_provider, open_stores
from bot.core import doctor
from bot.core.doctor import Check, CheckGroup
from bot.core.errors import StorageError
from bot.settings import Settings


@asynccontextmanager
async def check_groups(settings: Settings) -> AsyncIterator[Sequence[CheckGroup]]:
    """Open what the checks need, and yield them in the order in which an operator would fix things."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(open_provider(settings))

        async def settings_check() -> Sequence[Check]:
            return _settings(settings)

        async def stored() -> Sequence[Check]:
            try:
                storage = await stack.enter_async_context(open_stores(settings))
            except StorageError as error:
                advice = "look at DATABASE_URL or IMAGE_STORE, whichever it is about, and at the disk"
                return [Check(name="storage", ok=False, detail=str(error), advice=advice)]
            return [*await doctor.database(storage.jobs), *await doctor.image_store(storage.images)]

        async def gateway() -> Sequence[Check]:
            return await doctor.gateway(provider, open_catalogue(settings))

        yield [settings_check, stored, *([gateway] if settings.cometapi_key else []), *_platforms(settings)]


def _settings(settings: Settings) -> Sequence[Check]:
    key = Check(
        name="settings: gateway",
        ok=settings.cometapi_key is not None,
        detail="COMETAPI_KEY is set" if settings.cometapi_key else "COMETAPI_KEY is not set",
        advice="" if settings.cometapi_key else "set COMETAPI_KEY to a key from CometAPI's console",
    )
    started = {
        "Discord": settings.discord_token,
        "Slack": settings.slack_bot_token,
        "playground": settings.playground,
    }
    names = [name for name, is_set in started.items() if is_set]
    platforms = Check(
        name="settings: platforms",
        ok=bool(names),
        detail=", ".join(names) if names else "none is set",
        advice="" if names else "set DISCORD_TOKEN, SLACK_BOT_TOKEN or PLAYGROUND=1",
    )
    return [key, platforms]


def _platforms(settings: Settings) -> Sequence[CheckGroup]:
    found: list[CheckGroup] = []
    if token := settings.discord_token:
        found.append(lambda: discord_doctor.checks(token.get_secret_value(), settings.discord_api_url))
    if bot_token := settings.slack_bot_token:
        app_token, secret = settings.slack_app_token, settings.slack_signing_secret
        found.append(
            lambda: slack_doctor.checks(
                bot_token=bot_token.get_secret_value(),
                app_token=app_token.get_secret_value() if app_token else None,
                signing_secret=secret.get_secret_value() if secret else None,
                api_url=settings.slack_api_url,
            )
        )
    return found
