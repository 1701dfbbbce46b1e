"""A SQLite database as files: whether they belong together, and a checked copy of it."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from bot.core.errors import StorageError
from bot.core.message import message
from storage.advice import database_trouble
from storage.disk import open_new, rename, sync

_SECONDS = 60.0
_ENDS = ("-wal", "-shm", "-journal")
# How long SQLite may take to copy its log into the file.
_SETTLED_SECONDS = 1.0


def check(path: Path) -> None:
    """Raise StorageError for a file that can't be what the bot left there, before anything is changed by opening it."""
    log = beside(path, "-wal")
    has_log = log.exists() and log.stat().st_size > 0
    if not path.exists():
        if has_log:
            raise StorageError(
                message(
                    "The database {place} is gone, but a part of it is still in {log}. "
                    "Put the file back, or move {log} away to begin with an empty database.",
                    place=str(path),
                    log=log.name,
                )
            )
        return
    if path.is_file() and path.stat().st_size == 0:
        raise StorageError(
            message(
                "The database {place} has 0 bytes: something emptied it. "
                "Restore a backup, or delete the file to begin with an empty database.",
                place=str(path),
            )
        )
    if path.stat().st_nlink > 1:
        # Each name has a log and locks of its own, so that two processes would not know of each other.
        raise StorageError(
            message(
                "The database {place} is one file with several names (hard links), which would damage it. "
                "Delete the other names: find them with: find {folder} -samefile {place}",
                place=str(path),
                folder=str(path.parent),
            )
        )
    if has_log and _was_replaced(path, log):
        raise StorageError(
            message(
                "The database {place} was replaced, but {log} beside it belongs to the file that was there before. "
                "Move {log} away, then start again. If you replaced nothing, run: touch {log}",
                place=str(path),
                log=log.name,
            )
        )


def beside(path: Path, end: str) -> Path:
    """Return the path of a file that belongs to a database, such as its `-wal`."""
    return path.with_name(path.name + end)


def copy(source: Path, to: Path) -> None:
    """Write a checked copy of a database, which may be in use, to a path where nothing is. Raises StorageError."""
    part = beside(to, ".part")
    with _translated(source):
        part.unlink(missing_ok=True)
        os.close(open_new(part))
        try:
            with closing(_connect(source)) as database:
                database.execute("VACUUM INTO ?", (str(part),))
            _check_by("integrity_check", part)
            sync(part)
            rename(part, to)
        finally:
            part.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Delete a database that is not in use, and the files that belong to it. Raises OSError."""
    for end in ("", *_ENDS):
        beside(path, end).unlink(missing_ok=True)


def replace(path: Path, new: Path, end: str) -> Path | None:
    """Put a new database in place of one that is not in use. Keep that one under a name with this end, and return it.

    At each moment there is a whole database under its name, or the next start says what is wrong. Raises StorageError.
    """
    kept = beside(path, end)
    with _translated(path):
        sync(new)
        if not path.exists() and not any(beside(path, each).exists() for each in _ENDS):
            rename(new, path)
            return None
        if path.exists():
            try:
                os.link(path, kept)
            except OSError:  # not every file system has links
                path.replace(kept)
        for each in _ENDS:
            if beside(path, each).exists():
                beside(path, each).replace(beside(kept, each))
        rename(new, path)
        return kept


def check_whole(path: Path) -> None:
    """Look through a database, which may be in use. Raises StorageError if it is damaged."""
    with _translated(path):
        _check_by("quick_check", path)


def _connect(path: Path) -> sqlite3.Connection:
    # `rw` creates nothing. With `ro`, the files beside it that SQLite needs would stay behind.
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=_SECONDS, isolation_level=None)


def _check_by(pragma: str, path: Path) -> None:
    with closing(_connect(path)) as database:
        found = database.execute(f"PRAGMA {pragma}(1)").fetchone()
    if found != ("ok",):
        raise sqlite3.DatabaseError(f"database disk image is malformed: {found[0]}")


def _was_replaced(path: Path, log: Path) -> bool:
    """Return whether the file was changed after the log, by something else than SQLite.

    SQLite changes the file by copying from the log: only a part, if somebody reads meanwhile. A recent backup may have
    that part, too. Then the time decides: SQLite copies at once after a commit.
    """
    later = path.stat().st_ctime - log.stat().st_ctime
    if later <= 0:
        return False
    pages, newest = _copied(log, path)
    return not all(newest) and (later > _SETTLED_SECONDS or not any(pages))


def _copied(log: Path, path: Path) -> tuple[Sequence[bool], Sequence[bool]]:
    """Return whether the file has each page of the log, and the same for only the newest version of each page.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    with log.open("rb") as written, path.open("rb") as file:
        header = written.read(32)
        size, salts = int.from_bytes(header[8:12]), header[16:24]
        pages: list[bool] = []
        committed: dict[int, bool] = {}
        pending: dict[int, bool] = {}
        while len(frame := written.read(24)) == 24 and frame[8:16] == salts:
            number = int.from_bytes(frame[:4])
            file.seek((number - 1) * size)
            pending[number] = written.read(size) == file.read(size)
            if any(frame[4:8]):  # a commit
                pages += pending.values()
                committed |= pending
                pending = {}
    return pages, tuple(committed.values())


@contextmanager
def _translated(place: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(database_trouble(str(place), error)) from error
