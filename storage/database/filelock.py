"""A lock on a file that the system frees when its process ends, however it ends."""

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
        """Lock the file, made if need be; None if somebody else has it. Never waits. Raises OSError."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except OSError:
                os.close(descriptor)
                raise
            if _is_at(path, descriptor):
                return cls(path, descriptor)
            os.close(descriptor)  # it was removed between opening and locking: what was locked is nobody's file

    def release(self, *, remove: bool = False) -> None:
        """Unlock, and remove the file first if nobody needs it any more. Raises OSError."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
