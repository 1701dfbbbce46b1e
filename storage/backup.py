"""Back up a ledger while the bot runs, and make a backup the ledger again."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL

from bot.core.errors import ImageGone, StorageError
from bot.core.image import IMAGE_KEY, StoredImage
from bot.core.message import message
from bot.core.model import Status
from bot.core.ports import ImageStore
from storage.advice import database_trouble
from storage.database import engines, migrate, sqlite_file
from storage.database.database import Database
from storage.database.liveness import refuse_while_used
from storage.database.sqlite_engines import looking_engine, writer_engine
from storage.disk import make_folder
from storage.images import ObjectImageStore
from storage.ledger import old_copy
from storage.look import Look, look, look_at_copy

_SECONDS = 3600.0
_AT_A_TIME = 8  # images

Found = Mapping[str, tuple[StoredImage, ...]]
FindImages = Callable[[Mapping[str, int], Sequence[str]], Awaitable[Found | None]]
"""Finds the images that were stored for jobs. It gets the jobs' ids, each with the number of images that were asked
for.

It also gets keys of images that should be stored. It returns None if no such image is: then the store is a new one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of the jobs that waited or ran when the copy was made. `kept` is what the database was before."""

    told: int
    left: int
    """Jobs that may have been drawn and shown since: their messages stay as they are."""
    shown: int
    kept: Path | None = None


async def backup(database_url: str, file: Path) -> Look:
    """Write a checked copy of the database, which may be in use, to a new file. Raises StorageError."""
    url = engines.parse(database_url)
    if not engines.is_sqlite(url):
        raise StorageError(
            message(
                "The database is on a server. Use its own tool: pg_dump --format=custom --file={file}", file=str(file)
            )
        )
    if not (await look(database_url)).revision:
        raise StorageError(message("There is no database at {place} yet.", place=engines.place(url)))
    return await asyncio.to_thread(_copy, engines.sqlite_path(url), file)


def _copy(path: Path, file: Path) -> Look:
    if os.path.lexists(file):
        raise StorageError(message("There is {file} already. Choose another name.", file=str(file)))
    try:
        make_folder(file.absolute().parent)
    except OSError as error:
        raise StorageError(database_trouble(str(file), error)) from error
    sqlite_file.copy(path, file)
    return look_at_copy(file)


def image_folder(file: Path) -> Path:
    """Return where the images of a backup are."""
    return sqlite_file.beside(file, ".images")


async def back_up_images(file: Path, images: ImageStore) -> tuple[int, int]:
    """Copy the images of a backup's jobs beside it. Return how many, and how many were deleted. Raises StorageError."""
    keys = await asyncio.to_thread(_keys, file)
    copied = await _copy_images(keys, images, ObjectImageStore.open(str(image_folder(file))))
    return copied, len(keys) - copied


async def restore_images(file: Path, images: ImageStore) -> int:
    """Put the images beside a backup back into the store, and return how many there are. Raises StorageError."""
    folder = image_folder(file)
    keys = await asyncio.to_thread(_names, folder)
    return await _copy_images(keys, ObjectImageStore.open(str(folder)), images) if keys else 0


async def _copy_images(keys: Sequence[str], source: ImageStore, target: ImageStore) -> int:
    """Copy images, and return how many were still stored."""

    async def is_copied(key: str) -> bool:
        try:
            await target.put(key, await source.get(key))
        except ImageGone:
            return False
        return True

    copied = 0
    for start in range(0, len(keys), _AT_A_TIME):
        # No task group: that would raise a group of errors.
        copied += sum(await asyncio.gather(*map(is_copied, keys[start : start + _AT_A_TIME])))
    return copied


async def restore(database_url: str, file: Path | None, now: datetime, find_images: FindImages) -> Restored:
    """Make a backup the database, or take the one that is there for an old copy. Raises StorageError.

    Jobs that waited or ran when the copy was made aren't sent again. Nothing is changed while a process uses the
    database.
    """
    url = engines.parse(database_url)
    if file is None:
        return await _end_in_place(url, now, find_images)
    if not engines.is_sqlite(url):
        raise StorageError(
            message("The database is on a server. Use pg_restore, then run imagine-bot restore without a file.")
        )
    path = engines.sqlite_path(url)
    source = await asyncio.to_thread(_checked, file, path)
    async with migrate.alone(path):
        await refuse_while_used(url)
        new = sqlite_file.beside(path, ".restoring")
        await asyncio.to_thread(sqlite_file.remove, new)
        await asyncio.to_thread(sqlite_file.copy, source, new)
        counts = await _end(url.set(database=str(new)), now, find_images)
        kept = await asyncio.to_thread(sqlite_file.replace, path, new, f".before-restore-{now:%Y%m%dT%H%M%SZ}")
    return replace(counts, kept=kept)


def _checked(file: Path, path: Path) -> Path:
    """Return where a backup really is. Raises StorageError if it can't take the place of the database at `path`."""
    if not file.is_file():
        raise StorageError(message("There is no file {place}.", place=str(file)))
    if path.exists() and file.samefile(path):
        raise StorageError(message("{place} is the database itself.", place=str(file)))
    if not look_at_copy(file).revision:
        raise StorageError(message("{place} is no backup of the bot's: it has no tables.", place=str(file)))
    try:
        make_folder(path.parent)
    except OSError as error:
        raise StorageError(database_trouble(str(path), error)) from error
    return file.resolve()


async def _end(url: URL, now: datetime, find_images: FindImages) -> Restored:
    """End what is unfinished in a file that is not in use yet."""
    await migrate.upgrade_sqlite(url)
    engine = writer_engine(url, _SECONDS)
    try:
        with engine.begin() as connection:
            found = await find_images(*old_copy.unfinished(connection))
            return _restored(old_copy.end_unfinished(connection, found, now), found)
    finally:
        engine.dispose()


async def _end_in_place(url: URL, now: datetime, find_images: FindImages) -> Restored:
    if not (await look(url.render_as_string(hide_password=False))).revision:
        raise StorageError(message("There is no database at {place} yet.", place=engines.place(url)))
    await refuse_while_used(url)
    async with Database.open(url.render_as_string(hide_password=False), seconds=_SECONDS) as database:
        found = await find_images(*await database.read(old_copy.unfinished))
        counts = await database.write(lambda connection: old_copy.end_unfinished(connection, found, now))
    return _restored(counts, found)


def _restored(counts: Mapping[Status, int], found: Found | None) -> Restored:
    unknown = counts[Status.UNKNOWN]
    told, left = (0, unknown) if found is None else (unknown, 0)
    return Restored(told=told, left=left, shown=counts[Status.DELIVERING])


def _keys(file: Path) -> list[str]:
    engine = looking_engine(file, _SECONDS)
    try:
        with engine.connect() as connection:
            return old_copy.image_keys(connection)
    finally:
        engine.dispose()


def _names(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.glob("*/*")) if path.is_file())
    return [name for name in names if IMAGE_KEY.fullmatch(name)]
