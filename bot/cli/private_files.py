"""Whether other accounts of the machine can open what is private: the settings, the database, the images, backups."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import StorageError
from bot.core.message import Message, marked, message
from bot.settings import Settings
from storage.database.engines import sqlite_file
from storage.private import Opened, kept, open_to_others

if TYPE_CHECKING:
    from bot.core.doctor import Check

NAME = marked("private files")


async def checks(settings: Settings) -> "Sequence[Check]":
    """Return the doctor's line, if anything is open. The bot works all the same, so it isn't a failure."""
    opened = await asyncio.to_thread(_opened, settings)
    if not opened.names:
        return ()
    from bot.core.doctor import Check  # here, since a start doesn't need it

    detail = message("Other accounts of this machine may open {files}", files=", ".join(opened.names))
    return [Check(name=NAME, ok=True, detail=detail, advice=message("Close them: {command}", command=opened.command))]


async def remark(settings: Settings) -> Message | None:
    """Return what to say at the start; None if nothing is open."""
    opened = await asyncio.to_thread(_opened, settings)
    if not opened.names:
        return None
    return message("Other accounts of this machine may open what is private: {command}", command=opened.command)


def _opened(settings: Settings) -> Opened:
    database: Path | None = None
    with suppress(StorageError):  # another check says what is wrong with DATABASE_URL
        database = sqlite_file(settings.database_url)
    return open_to_others((settings.file.path, *kept(database, settings.image_store)))
