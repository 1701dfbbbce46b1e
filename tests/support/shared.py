"""What the processes of one run of tests share: a folder, and what the first of them to need it started."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_NAME = "TESTS_SHARED_FOLDER"
_ALIVE = "alive"
_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3


def folder() -> Path:
    """Return the folder. The first process that asks, before it starts others, makes it, and deletes it at its end."""
    if _NAME not in os.environ:
        os.environ[_NAME] = made = tempfile.mkdtemp(prefix="tests", dir=in_memory())
        os.mkfifo(Path(made) / _ALIVE)
        os.open(Path(made) / _ALIVE, os.O_RDWR)  # open for as long as this process lives
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(os.environ[_NAME])


def in_memory() -> Path | None:
    """Return a folder without a disk behind it, if there is one with room, in which programs may run.

    Each commit waits for the disk, and what a power failure would leave is nothing to a test.
    """
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    there = os.statvfs(_MEMORY)
    fits = there.f_bavail * there.f_frsize >= _ROOM
    return _MEMORY if fits and not there.f_flag & os.ST_NOEXEC else None


def until_the_end() -> IO[bytes]:
    """Return a file without content that ends when the process that made the folder ends, even if it is killed."""
    return (folder() / _ALIVE).open("rb", buffering=0)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time do this."""
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
