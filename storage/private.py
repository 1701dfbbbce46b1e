"""Finds what only the bot's own user should read, and other accounts can. Only the operator closes it."""

import glob
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_OTHERS, _GROUP_TOO = 0o007, 0o077
# The folders of the default settings and of docs/operating.md: any other folder may be somebody else's.
_DATA, _BACKUPS = "data", "backups"


class Opened(NamedTuple):
    """Paths that another account may read, change or look into, by their modes: the bot's own, and those that it only
    uses.

    A file that belongs to somebody else may be readable for the bot by its group alone.
    """

    own: Sequence[Path]
    foreign: Sequence[Path]

    @property
    def names(self) -> Sequence[str]:
        """The paths, as text."""
        return [str(path) for path in (*self.own, *self.foreign)]

    @property
    def command(self) -> str:
        """What to type to close them."""
        commands = (("go=", self.own), ("o=", self.foreign))
        return " && ".join(f"chmod {mode} {shlex.join(map(str, paths))}" for mode, paths in commands if paths)


def kept(database: Path | None, image_store: str) -> Iterator[Path]:
    """Yield what holds prompts, people's ids or pictures: the database with its log and copies, and the images."""
    data, backups = Path(_DATA).absolute(), Path(_BACKUPS).absolute()
    if database is not None:
        folder = database.absolute().parent
        yield from folder.glob(f"{glob.escape(database.name)}*")
        if folder == data:
            yield from (data, *data.glob("*"))
    if not image_store.startswith("s3://"):
        yield Path(image_store).absolute()
    yield backups


def open_to_others(paths: Iterable[Path]) -> Opened:
    """Return the paths that are open to others. Paths that are gone, or closed to the bot itself, are left out."""
    own: set[Path] = set()
    foreign: set[Path] = set()
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        to_be_closed, theirs = (own, _GROUP_TOO) if found.st_uid == os.geteuid() else (foreign, _OTHERS)
        if found.st_mode & theirs:
            to_be_closed.add(path)
    return Opened(own=sorted(own), foreign=sorted(foreign))
