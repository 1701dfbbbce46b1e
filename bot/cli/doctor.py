"""What the doctor checks: the settings, the core's own checks, and those of each platform that is set up."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from bot.cli import private_files, running_bot, settings_read
from bot.cli.opening import open_catalogue, open_provider
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.terminal import one_line, say, sign, told
from bot.core import doctor
from bot.core.doctor import Check, CheckGroup, listed, run_checks
from bot.core.errors import StorageError
from bot.core.language.language import Language
from bot.core.message import Message, counted, marked, message, of_error
from bot.settings import Settings
from storage.bucket import endpoint
from storage.database.engines import sqlite_file
from storage.folder import refuse_shared
from storage.images import ObjectImageStore
from storage.look import Look, check_folder, look

_DATABASE = marked("database")


@asynccontextmanager
async def check_groups(settings: Settings, platforms: Platforms = PLATFORMS) -> AsyncIterator[Sequence[CheckGroup]]:
    """Open what the checks need, and yield them in the order in which an operator would fix things."""
    async with open_provider(settings) as provider:
        catalogue = open_catalogue(settings)
        looking = asyncio.create_task(look(settings.database_url))

        async def settings_check() -> Sequence[Check]:
            return _settings(settings, platforms)

        async def database() -> Sequence[Check]:
            try:
                return [_database(await looking)]
            except StorageError as error:
                advice = message("Check DATABASE_URL and the disk.")
                return [Check(name=_DATABASE, ok=False, detail=of_error(error), advice=advice)]

        async def models() -> Sequence[Check]:
            with suppress(StorageError):
                catalogue.set_refused((await looking).refused)
            own_default = "default_model" in settings.model_fields_set
            return await doctor.models(provider, catalogue, own_default=own_default)

        gateway = [
            CheckGroup(name=doctor.KEY, run=partial(doctor.key, provider)),
            CheckGroup(name=doctor.MODEL, run=models),
            CheckGroup(name=doctor.BALANCE, run=partial(doctor.balance, provider)),
        ]
        yield [
            CheckGroup(name=marked("settings"), run=settings_check),
            CheckGroup(name=private_files.NAME, run=partial(private_files.checks, settings)),
            CheckGroup(name=_DATABASE, run=database),
            CheckGroup(name=doctor.IMAGE_STORE, run=partial(_image_store, settings)),
            *(gateway if settings.cometapi_key and not settings.test_pictures else ()),
            CheckGroup(name=running_bot.NAME, run=partial(running_bot.checks, settings, platforms)),
            *(
                CheckGroup(name=platform.title, run=partial(platform.checks, settings))
                for platform in platforms
                if platform.runs(settings)
            ),
        ]
        looking.cancel()
        await asyncio.wait({looking})


async def examine(settings: Settings, texts: Language) -> bool:
    """Print each check when it is known, and in the end what to do next. Return whether all is well."""
    async with check_groups(settings) as groups:
        checks = await run_checks(groups, lambda check: _tell(check, texts))
    well = all(check.ok for check in checks)
    if not well:
        said = message("Something isn't right: the line below each failure says what to do.")
    elif await running_bot.runs(settings):
        said = message("All is well, and the bot is running.")
    else:
        said = message("All is well. To start the bot: imagine-bot run")
    say(texts.text(said))
    return well


def _tell(check: Check, texts: Language) -> None:
    say(shown(check, texts), before=sign(ok=check.ok, environment=os.environ))


def shown(check: Check, texts: Language) -> str:
    """Return what a check says, without its sign."""
    detail = texts.text(check.detail) if isinstance(check.detail, Message) else check.detail
    advice = f"\n      → {one_line(texts.text(check.advice))}" if check.advice else ""
    return f"{texts.label(check.name)}: {told(detail)}{advice}"


def _database(found: Look) -> Check:
    due = counted(
        "{n} migration is due: it runs at the next start. Take a backup first.",
        "{n} migrations are due: they run at the next start. Take a backup first.",
        found.due,
    )
    if not found.revision:
        detail = message("There is nothing at {place} yet: the next start makes it.", place=found.place)
    elif found.newest is None:
        detail = message("{place} ({revision}, no jobs)", place=found.place, revision=found.revision)
    else:
        detail = counted(
            "{place} ({revision}, {number} job, newest {newest} UTC)",
            "{place} ({revision}, {number} jobs, newest {newest} UTC)",
            found.jobs,
            place=found.place,
            revision=found.revision,
            number=f"{found.jobs:,}",
            newest=f"{found.newest:%Y-%m-%d %H:%M}",
        )
    if found.revision and found.due:
        detail = message("{found}. {due}", found=detail, due=due)
    return Check(name=_DATABASE, ok=True, detail=detail)


async def _image_store(settings: Settings) -> Sequence[Check]:
    try:
        images = await asyncio.to_thread(_open_images, settings)
        if images:
            await images.is_marked()  # if it isn't, the next start does that, unless it holds what isn't the bot's
    except StorageError as error:
        advice = message("Check IMAGE_STORE and the disk.")
        return [Check(name=doctor.IMAGE_STORE, ok=False, detail=of_error(error), advice=advice)]
    place = _place_of_images(settings)
    if images is None:
        detail = message("There is nothing at {place} yet: the next start makes it.", place=place)
        return [Check(name=doctor.IMAGE_STORE, ok=True, detail=detail)]
    return await doctor.image_store(images, place)


def _open_images(settings: Settings) -> ObjectImageStore | None:
    """Open the image store, or return None if it is a folder that will be made. Raises StorageError."""
    place, database = _place_of_images(settings), None
    with suppress(StorageError):  # another check says what is wrong with DATABASE_URL
        database = sqlite_file(settings.database_url)
    if not place.startswith("s3://") and not Path(place).exists():
        refuse_shared(Path(place), database)
        check_folder(Path(place))
        return None
    return ObjectImageStore.open(settings.image_store, settings.bucket, settings.ways_out, database=database)


def _place_of_images(settings: Settings) -> str:
    place = settings.image_store
    return place if place.startswith("s3://") else str(Path(place).absolute())


def _settings(settings: Settings, platforms: Platforms) -> Sequence[Check]:
    asked = settings.cometapi_key and not settings.test_pictures
    hosts = dict(settings.ways_out.to(settings.cometapi_base_url)) if asked else {}
    if settings.image_store.startswith("s3://"):
        hosts.update(settings.ways_out.to(endpoint(settings.bucket)))
    for platform in platforms:
        if platform.runs(settings):
            hosts.update(platform.hosts(settings))
    return [
        *settings_read.checks(settings.file),
        _gateway_settings(settings),
        _platform_settings(settings, platforms),
        *doctor.ways_out(hosts, settings.ways_out.certificate_file),
    ]


def _gateway_settings(settings: Settings) -> Check:
    name = marked("gateway settings")
    if settings.test_pictures:
        detail = message(
            "COMETAPI_KEY is sandbox: the bot draws test pictures by itself. They cost nothing, and count for nothing."
        )
        advice = message("For real pictures, set COMETAPI_KEY to a key from CometAPI's console.")
        return Check(name=name, ok=True, detail=detail, advice=advice)
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
