"""Folders and files that only the bot's own user may read: they hold people's prompts and pictures."""

import os
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600


def make_folder(path: Path) -> None:
    """Create a folder, and those above it, if missing. What exists keeps its mode. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=_FOLDER)
    except FileExistsError:
        if not path.is_dir():
            raise


def make_file(path: Path) -> None:
    """Create an empty file if it is missing. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _FILE))


def open_new(path: Path) -> int:
    """Create a file, which must not exist, and return its descriptor for writing. Raises OSError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
