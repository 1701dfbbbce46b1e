"""Stored images: in a local folder, or an S3 bucket."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from bot.core.errors import ImageGone, StorageError
from bot.core.message import marked, message
from bot.core.model import IMAGE_KEY, JOB_ID
from bot.core.ways_out import DIRECT, WaysOut
from storage.advice import store_trouble
from storage.bucket import open_bucket

_SECONDS = 30.0
_PROBE = ".probe"

NOT_OPENED = marked("The image store {place} can't be opened: {error}. {advice}")
_NOT_STORED = marked("The image store {place} can't store an image: {error}. {advice}")
_NOT_READ = marked("The image store {place} can't read an image: {error}. {advice}")
_NOT_DELETED = marked("The image store {place} can't delete images: {error}. {advice}")
_NOT_LISTED = marked("The image store {place} can't list its images: {error}. {advice}")


class ObjectImageStore:
    """An `ImageStore` on obstore, whose puts are atomic: a file is renamed into place, an S3 object appears whole."""

    def __init__(self, place: str, store: LocalStore | S3Store) -> None:
        self._place, self._store = place, store
        self.failures = 0
        """How many operations failed since it was opened."""

    @classmethod
    def open(
        cls, place: str, given: Mapping[str, str] = MappingProxyType({}), ways_out: WaysOut = DIRECT
    ) -> "ObjectImageStore":
        """Open a folder, created if missing, or `s3://bucket/prefix`. Raises StorageError.

        S3 takes its keys, region and endpoint from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …), and
        what isn't there from `given`.
        """
        try:
            store = open_bucket(place, given, ways_out) if place.startswith("s3://") else _folder(place)
        except (BaseError, OSError, ValueError) as error:
            raise StorageError(store_trouble(place, NOT_OPENED, error)) from error
        return cls(place, store)

    async def put(self, key: str, data: bytes) -> None:
        """Store an image."""
        async with self._translated(_NOT_STORED):
            await self._store.put_async(key, data)

    async def get(self, key: str) -> bytes:
        """Return an image's bytes."""
        async with self._translated(_NOT_READ):
            try:
                found = await self._store.get_async(key)
            except FileNotFoundError as error:
                raise ImageGone(key) from error
            return bytes(await found.bytes_async())

    async def jobs(self) -> Sequence[str]:
        """Return the ids of the jobs with stored files; other names are ignored."""
        return sorted(name for name in await self._names("", folders=True) if JOB_ID.fullmatch(name))

    async def delete(self, job_id: str) -> int:
        """Delete a job's images, and no other files."""
        names = await self._names(job_id, folders=False)
        keys = [key for name in names if IMAGE_KEY.fullmatch(key := f"{job_id}/{name}")]
        async with self._translated(_NOT_DELETED):
            await self._store.delete_async(keys)
        return len(keys)

    async def check(self) -> None:
        """Write, read and delete a probe."""
        key = f"{_PROBE}/{secrets.token_hex(8)}"
        try:
            await self.put(key, b"probe")
            await self.get(key)
        except ImageGone as error:
            raise StorageError(
                message("The image store {place} lost what was just written.", place=self._place)
            ) from error
        async with self._translated(_NOT_DELETED):
            await self._store.delete_async(key)

    async def _names(self, prefix: str, *, folders: bool) -> Sequence[str]:
        """Return the names of the folders, or of the files, directly below a prefix. Links are not followed."""
        async with self._translated(_NOT_LISTED):
            if isinstance(self._store, LocalStore):
                return await asyncio.to_thread(_names_in, Path(self._place) / prefix, folders=folders)
            found = await self._store.list_with_delimiter_async(prefix)
        paths = found["common_prefixes"] if folders else [entry["path"] for entry in found["objects"]]
        return [path.rpartition("/")[2] for path in paths]

    @asynccontextmanager
    async def _translated(self, failed: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_SECONDS):
                yield
        except (BaseError, OSError, ValueError) as error:
            self.failures += 1
            raise StorageError(store_trouble(self._place, failed, error)) from error


def _folder(place: str) -> LocalStore:
    return LocalStore(Path(place).absolute(), mkdir=True, automatic_cleanup=True)


def _names_in(folder: Path, *, folders: bool) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if _is_real(entry, folder=folders)]
    except FileNotFoundError:
        return ()


def _is_real(entry: os.DirEntry[str], *, folder: bool) -> bool:
    return entry.is_dir(follow_symlinks=False) if folder else entry.is_file(follow_symlinks=False)
