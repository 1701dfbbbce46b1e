"""Trouble with storage, made from outside the bot."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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
