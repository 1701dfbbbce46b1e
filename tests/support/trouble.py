"""Trouble with storage, made from outside the bot."""

import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def no_room(images: Path) -> Iterator[None]:
    """Put a file in the place of the image store's folder: nothing can be stored, by any process."""
    away = images.with_name("away")
    images.rename(away)
    while not _touched(images):  # the bot may have been quicker, and made its folder again
        shutil.copytree(images, away, dirs_exist_ok=True)
        shutil.rmtree(images)
    try:
        yield
    finally:
        images.unlink()
        shutil.copytree(away, images, dirs_exist_ok=True)
        shutil.rmtree(away)


def _touched(path: Path) -> bool:
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@contextmanager
def no_bytes(*, beyond: int = 0) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a full disk: to bring that about takes no rights."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Keep every other connection from writing to a SQLite database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def damaged(database: Path) -> Iterator[None]:
    """Overwrite all of a SQLite database but its first page, also where it is in use."""
    with _put_back(database) as other:
        other.execute("UPDATE gate SET id = id")  # so that nobody goes on reading from memory
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = other.execute("PRAGMA page_size").fetchone()
        with database.open("r+b") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(size)
            file.write(b"\x5a" * (length - size))
        yield


@contextmanager
def without_tables(database: Path) -> Iterator[None]:
    """Take the tables of a SQLite database away."""
    with _put_back(database) as other:
        other.execute("DROP TABLE jobs")
        yield


@contextmanager
def _put_back(database: Path) -> Iterator[sqlite3.Connection]:
    """Put everything back in the end, as a restored backup does."""
    with closing(sqlite3.connect(":memory:")) as kept:
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.backup(kept)
            yield other
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            kept.backup(other)
