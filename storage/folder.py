"""A folder of files, as an image store uses it: a file is whole and on the disk before `put` returns."""

import os
import pwd
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.core.errors import StorageError
from bot.core.message import message
from bot.core.workers import Workers
from storage.disk import make_folder, open_new, rename, sync

UNFINISHED = re.compile(r"#[0-9a-f]{1,16}$")
"""How the name of a file ends while it is written; releases before wrote `0.png#1`."""
_AT_A_TIME = 8
_TRIES, _PAUSE = 20, 0.001
_HOMES = frozenset({Path("/home"), Path("/Users")})


class Folder:
    """The files below one folder, by keys such as `job/0.png`. It works in threads of its own: a disk may be slow."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._workers = Workers(_AT_A_TIME, "images")
        self._lists = ThreadPoolExecutor(_AT_A_TIME, "lists of folders")
        """Threads of their own, since the threads above wait for them."""

    async def put(self, key: str, data: bytes) -> None:
        """Write a file: under another name, then renamed, each step on the disk before the next. Raises OSError.

        Meanwhile the folder's own entry is synced, which only has to be on the disk before this returns.
        """
        await self._workers.run(lambda: self._write(_path(self._root, key), data))

    async def get(self, key: str) -> bytes:
        """Read a file. Raises FileNotFoundError, OSError."""
        return await self._workers.run(_path(self._root, key).read_bytes)

    async def names(self, prefix: str, *, folders: bool) -> Sequence[str]:
        """Return the names of the folders, or of the files, directly below a prefix. Links are neither."""
        return await self._workers.run(lambda: _names(self._root / prefix, folders=folders))

    async def first(self, wanted: Callable[[str], bool]) -> str | None:
        """Return any wanted key of what is below the folder. That of an empty folder or a link ends with a slash."""
        return await self._workers.run(lambda: next(filter(wanted, _keys(self._root, "")), None))

    async def delete(self, folder: str, names: Sequence[str]) -> None:
        """Delete files of a folder, and the folder if nothing else is in it. Missing files count as deleted."""
        await self._workers.run(lambda: _delete(_path(self._root, folder), names))

    async def unfinished(self, before: datetime) -> Sequence[str]:
        """Return the keys of files whose writing was begun before then and cut off, by a kill or a power failure."""
        return await self._workers.run(lambda: list(_unfinished(self._root, before.timestamp())))

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = path.with_name(f"{path.name}#{secrets.token_hex(4)}")
        descriptor = _open_in_new_folder(self._root, unfinished)
        # Also if somebody else has just made the folder: its entry may not be on the disk yet. If it is, this is quick.
        listed = self._listed()
        try:
            _fill(descriptor, data)
            rename(unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        listed()

    def _listed(self) -> Callable[[], None]:
        """Begin to sync the folder's entry, and return the function that waits until that is done."""
        try:
            return self._lists.submit(sync, self._root).result
        except RuntimeError:  # no thread takes it: the process ends, or the system has no more threads
            return partial(sync, self._root)


def refuse_shared(place: Path, database: Path | None) -> None:
    """Raise StorageError for a folder that can't be for images alone, such as a home folder."""
    resolved = place.resolve()
    if resolved == resolved.parent or resolved in _homes() or resolved.parent in _HOMES:
        raise StorageError(
            message(
                "IMAGE_STORE can't be {place}: that folder isn't for images alone. Set it to a folder of its own, "
                "such as {other}.",
                place=str(place),
                other=str(resolved / "imagine-images"),
            )
        )
    if database is not None and database.resolve().is_relative_to(resolved):
        raise StorageError(
            message(
                "IMAGE_STORE can't be {place}: the database {database} is in it. Set it to a folder of its own, "
                "such as {other}.",
                place=str(place),
                database=str(database),
                other=str(resolved / "images"),
            )
        )


def _homes() -> set[Path]:
    found = {Path("/root")}
    with suppress(RuntimeError, KeyError):
        found |= {Path.home().resolve(), Path(pwd.getpwuid(os.geteuid()).pw_dir).resolve()}
    return found


def _path(root: Path, key: str) -> Path:
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError(f"no key: {key}")
    return root / key


def _fill(descriptor: int, data: bytes) -> None:
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]  # it writes a part when the disk gets full
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_in_new_folder(root: Path, path: Path) -> int:
    """Create a file, and its folder if missing, and return its descriptor."""
    for _ in range(_TRIES):
        _make_parent(root, path.parent)
        with suppress(FileNotFoundError):
            return open_new(path)
        time.sleep(_PAUSE)  # another process found the folder empty, and deleted it
    return open_new(path)


def _make_parent(root: Path, parent: Path) -> None:
    """Create a file's folder; a missing root is not: it may have been moved or unmounted for a while."""
    if parent == root or parent.is_dir():
        return
    if parent.parent != root:
        make_folder(parent.parent)
    with suppress(FileExistsError):
        parent.mkdir(mode=0o700)


def _names(folder: Path, *, folders: bool) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if _is_real(entry, folder=folders)]
    except FileNotFoundError:
        return ()


def _is_real(entry: os.DirEntry[str], *, folder: bool) -> bool:
    return entry.is_dir(follow_symlinks=False) if folder else entry.is_file(follow_symlinks=False)


def _keys(folder: Path, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        key = f"{prefix}{entry.name}"
        if entry.is_file(follow_symlinks=False):
            yield key
            continue
        below: Iterator[str] = iter(())
        if entry.is_dir(follow_symlinks=False):
            below = _keys_if_open(Path(entry.path), f"{key}/")
        first = next(below, f"{key}/")
        yield first
        yield from below


def _keys_if_open(folder: Path, prefix: str) -> Iterator[str]:
    with suppress(PermissionError, FileNotFoundError):  # closed to the bot, or gone meanwhile
        yield from _keys(folder, prefix)


def _delete(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # something else is in it, or another process was quicker
        folder.rmdir()


def _unfinished(root: Path, before: float) -> Iterator[str]:
    for folder in _names(root, folders=True):
        for name in _names(root / folder, folders=False):
            if UNFINISHED.search(name):
                with suppress(FileNotFoundError):  # finished meanwhile, or swept by another process
                    if (root / folder / name).stat().st_mtime < before:
                        yield f"{folder}/{name}"
