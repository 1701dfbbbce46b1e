"""A file lock that the operating system releases when the process ends, even if it is killed."""

import fcntl
import os
from pathlib import Path
from typing import Self


class FileLock:
    """An exclusive `flock`, held from `take` until `release`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Lock the file, created if missing; return None if it is already locked. Never waits. Raises OSError."""
        try:
            return cls._taken(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    @classmethod
    def take_own(cls, path: Path) -> Self:
        """Lock the file of this process alone, created if missing. Raises OSError.

        Others lock it for a moment, to see whether this process lives: until then it waits.
        """
        return cls._taken(path, fcntl.LOCK_EX)

    @classmethod
    def _taken(cls, path: Path, how: int) -> Self:
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, how)
            except OSError:
                os.close(descriptor)
                raise
            if _is_at(path, descriptor):
                return cls(path, descriptor)
            os.close(descriptor)  # removed between opening and locking: no other process would see this lock

    def release(self, *, remove: bool = False) -> None:
        """Unlock; with `remove`, delete the file first. Raises OSError."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
