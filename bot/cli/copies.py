"""`imagine-bot backup` and `imagine-bot restore`."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.language import for_help
from bot.core.language.language import Language
from bot.core.message import Message, counted, message

if TYPE_CHECKING:  # each command imports what it needs, so that the others don't
    from bot.core.image import StoredImage
    from bot.settings import Settings
    from storage.backup import Restored
    from storage.images import ObjectImageStore


def add_arguments(saved: argparse.ArgumentParser, restored: argparse.ArgumentParser, texts: Language) -> None:
    """Declare what the two commands take."""
    saved.add_argument("file", type=Path, metavar="FILE", help=for_help(texts.label("the new file")))
    saved.add_argument(
        "--images", action="store_true", help=for_help(texts.label("copy the images, too, to FILE.images"))
    )
    restored.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        nargs="?",
        help=for_help(
            texts.label("the backup; without it, the database itself is taken for an old copy, as pg_restore makes one")
        ),
    )


async def save(settings: "Settings", options: argparse.Namespace) -> Sequence[Message]:
    """Back up the database, and the images if that is asked for, and say so. Raises StorageError."""
    from storage import backup

    found = await backup.backup(settings.database_url, options.file)
    number = f"{found.jobs:,}"
    said = [
        counted(
            "Saved {number} job in {file}.",
            "Saved {number} jobs in {file}.",
            found.jobs,
            number=number,
            file=found.place,
        )
    ]
    if options.images:
        copied, gone = await backup.back_up_images(options.file, _images(settings))
        folder = str(backup.image_folder(options.file))
        said.append(counted("Saved {n} image in {folder}.", "Saved {n} images in {folder}.", copied, folder=folder))
        if gone:
            said.append(counted("{n} image is no longer stored.", "{n} images are no longer stored.", gone))
    return said


async def restore(settings: "Settings", options: argparse.Namespace) -> Sequence[Message]:
    """Put a backup in place of the database, and its images back, and say so. Raises StorageError."""
    from bot.core.images.library import ImageLibrary
    from storage import backup

    images = _images(settings)
    library = ImageLibrary(images)

    async def find(jobs: Mapping[str, int], known: Sequence[str]) -> "Mapping[str, tuple[StoredImage, ...]] | None":
        if known and not await library.has_any(known):
            return None
        return {job: found for job, count in jobs.items() if (found := await library.found(job, count))}

    done = await backup.restore(settings.database_url, options.file, datetime.now(UTC), find)
    said = [message("Restored."), *_became_of(done)]
    if options.file and (count := await backup.restore_images(options.file, images)):
        said.append(counted("Put {n} image back.", "Put {n} images back.", count))
    return said


def _became_of(done: "Restored") -> Iterator[Message]:
    if done.kept:
        yield message("What was there before is kept as {file}.", file=str(done.kept))
    if done.told:
        yield counted(
            "{n} job was open then and may have been drawn since: its asker is told at the next start.",
            "{n} jobs were open then and may have been drawn since: their askers are told at the next start.",
            done.told,
        )
    if done.left:
        yield counted(
            "{n} job was open then. The image store has no image from then, so its message stays as it is.",
            "{n} jobs were open then. The image store has no image from then, so their messages stay as they are.",
            done.left,
        )
    if done.shown:
        yield counted(
            "The images of {n} job are shown again at the next start.",
            "The images of {n} jobs are shown again at the next start.",
            done.shown,
        )


def _images(settings: "Settings") -> "ObjectImageStore":
    from storage.images import ObjectImageStore

    return ObjectImageStore.open(settings.image_store, settings.bucket, settings.ways_out)
