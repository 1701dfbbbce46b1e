"""Folders and files for the bot's own user alone, since they hold prompts and pictures. They outlast a crash."""

import os
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600


def make_folder(path: Path) -> None:
    """Create a folder, and those above it, if missing. Existing ones keep their mode. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=_FOLDER)
    except FileExistsError:
        if not path.is_dir():
            raise


def open_new(path: Path) -> int:
    """Create a file, which must not exist, and return its descriptor for writing. Raises OSError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)


def rename(path: Path, to: Path) -> None:
    """Rename a file that is on the disk, in place of any file of that name, and wait until that is on the disk, too."""
    path.replace(to)
    # A name is on the disk when its folder is (https://man7.org/linux/man-pages/man2/fsync.2.html).
    sync(to.parent)


def sync(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
