"""Facts about a place that can't be written: its owner, its mode, and how much is free there."""

import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from bot.core.message import Message, message


def facts(path: Path) -> Message | None:
    """Return a sentence about a file or folder, or about the nearest folder above it that exists."""
    with suppress(OSError):
        place = next(each for each in (path, *path.parents) if os.path.lexists(each))
        if os.access(place, os.W_OK) and not os.access(place.parent, os.W_OK):
            place = place.parent  # a database needs room for the files beside it, too
        found, room = place.stat(), os.statvfs(place)
        return message(
            "{place} belongs to {owner}, its mode is {mode}, and {free} MB are free there; the bot runs as {user}.",
            place=str(place),
            owner=_name(found.st_uid),
            mode=f"{stat.S_IMODE(found.st_mode):04o}",
            free=f"{room.f_bavail * room.f_frsize / 1_000_000:,.0f}",
            user=_name(os.geteuid()),
        )
    return None


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
