"""Stored images: in a local folder, or an S3 bucket. Files that aren't the bot's own are neither listed nor changed."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from obstore.exceptions import BaseError

from bot.core.condition import Condition
from bot.core.errors import ImageGone, StorageError
from bot.core.image import IMAGE_KEY, JOB_ID
from bot.core.message import marked, message
from bot.core.ways_out import DIRECT, WaysOut
from storage.advice import store_trouble
from storage.bucket import open_bucket
from storage.disk import make_folder
from storage.folder import UNFINISHED, Folder, refuse_shared

_SECONDS = 30.0
_LONG_SECONDS = 600.0
_PROBE = ".probe"
MARKER = ".imagine-bot"
_MARK = b"""imagine-bot keeps its images here. When they are old it deletes them; it touches nothing else.
Without this file it starts here only if there is nothing, or nothing but its own images.
"""
# Files that systems put into a folder that is otherwise empty.
_NO_MATTER = re.compile(r"lost\+found/.*|\.DS_Store|Thumbs\.db|desktop\.ini|\.gitkeep|\.gitignore|\.snapshot/.*")
_OURS = re.compile(
    rf"{re.escape(_PROBE)}/.*|{JOB_ID.pattern}/|(?:{re.escape(MARKER)}|{IMAGE_KEY.pattern})(?:{UNFINISHED.pattern})?"
)

NOT_OPENED = marked("The image store {place} can't be opened: {error}. {advice}")
_NOT_STORED = marked("The image store {place} can't store an image: {error}. {advice}")
_NOT_READ = marked("The image store {place} can't read an image: {error}. {advice}")
_NOT_DELETED = marked("The image store {place} can't delete images: {error}. {advice}")
_NOT_LISTED = marked("The image store {place} can't list its images: {error}. {advice}")


class Files(Protocol):
    """Where the images are: bytes by keys. The methods raise OSError, BaseError, ValueError."""

    async def put(self, key: str, data: bytes) -> None:
        """Store a file: a reader sees all of it or nothing, and it survives a failure of the machine."""
        ...

    async def get(self, key: str) -> bytes:
        """Return a file's bytes. Raises FileNotFoundError."""
        ...

    async def names(self, prefix: str, *, folders: bool) -> Sequence[str]:
        """Return the names of the folders, or of the files, directly below a prefix. Links are not followed."""
        ...

    async def first(self, wanted: Callable[[str], bool]) -> str | None:
        """Return the key of any file that is wanted; None if no file is."""
        ...

    async def delete(self, folder: str, names: Sequence[str]) -> None:
        """Delete files of a folder, and the folder if it is empty then. Missing files count as deleted."""
        ...

    async def unfinished(self, before: datetime) -> Sequence[str]:
        """Return the keys of files whose writing was begun before then and cut off."""
        ...


class ObjectImageStore:
    """An `ImageStore` in a folder or a bucket. It knows the place, and what the bot's own keys look like."""

    def __init__(self, place: str, files: Files) -> None:
        self._place, self._files = place, files
        self.condition = Condition("image store")

    @classmethod
    def open(
        cls,
        place: str,
        given: Mapping[str, str] = MappingProxyType({}),
        ways_out: WaysOut = DIRECT,
        *,
        database: Path | None = None,
    ) -> "ObjectImageStore":
        """Open a folder, created if missing, or `s3://bucket/prefix`. Raises StorageError.

        S3 takes its keys, region and endpoint from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …), and
        the others from `given`. A folder that can't be for images alone is refused, such as a home folder, or the
        folder of the `database`.
        """
        try:
            if place.startswith("s3://"):
                return cls(place, open_bucket(place, given, ways_out))
            return cls(place, _folder(place, database))
        except (BaseError, OSError, ValueError) as error:
            raise StorageError(store_trouble(place, NOT_OPENED, error)) from error

    async def claim(self) -> None:
        """Mark the place as the bot's own, unless it is. Raises StorageError if it holds what isn't the bot's."""
        if not await self.is_marked():
            await self.put(MARKER, _MARK)

    async def is_marked(self) -> bool:
        """Return whether the place is marked as the bot's own. Raises StorageError if it holds what isn't the bot's."""
        async with self._translated(_NOT_LISTED):
            if MARKER in await self._files.names("", folders=False):
                return True
        async with self._translated(_NOT_LISTED, seconds=_LONG_SECONDS):
            strange = await self._files.first(_is_strange)
        if strange is not None:
            raise StorageError(
                message(
                    "IMAGE_STORE can't be {place}: it holds {strange}, which isn't the bot's. Set it to an empty "
                    "place, or, if the images may be kept beside that, put a file named {marker} there.",
                    place=self._place,
                    strange=strange,
                    marker=MARKER,
                )
            )
        return False

    async def put(self, key: str, data: bytes) -> None:
        """Store an image."""
        async with self._translated(_NOT_STORED):
            await self._files.put(key, data)

    async def get(self, key: str) -> bytes:
        """Return an image's bytes."""
        async with self._translated(_NOT_READ):
            try:
                return await self._files.get(key)
            except FileNotFoundError as error:
                raise ImageGone(key) from error

    async def jobs(self) -> Sequence[str]:
        """Return the ids of the jobs with stored files; other names are ignored."""
        async with self._translated(_NOT_LISTED):
            names = await self._files.names("", folders=True)
        return sorted(name for name in names if JOB_ID.fullmatch(name))

    async def delete(self, job_id: str) -> int:
        """Delete a job's images, and no other files."""
        async with self._translated(_NOT_LISTED):
            names = await self._files.names(job_id, folders=False)
        own = [name for name in names if IMAGE_KEY.fullmatch(f"{job_id}/{name}")]
        async with self._translated(_NOT_DELETED):
            await self._files.delete(job_id, own)
        return len(own)

    async def sweep(self, before: datetime) -> int:
        """Delete the bot's own files whose writing was cut off before then."""
        async with self._translated(_NOT_LISTED):
            keys = [key for key in await self._files.unfinished(before) if _OURS.fullmatch(key)]
        async with self._translated(_NOT_DELETED):
            for key in keys:
                folder, _, name = key.rpartition("/")
                await self._files.delete(folder, [name])
        return len(keys)

    async def check(self) -> None:
        """Write, read and delete a probe."""
        name, written = f"0#{secrets.token_hex(8)}", secrets.token_bytes(64)  # swept like an unfinished file
        key = f"{_PROBE}/{name}"
        try:
            await self.put(key, written)
            read = await self.get(key)
        except ImageGone:
            read = b""
        if read != written:
            trouble = StorageError(message("The image store {place} lost what was just written.", place=self._place))
            self.condition.failed(trouble)
            raise trouble
        async with self._translated(_NOT_DELETED):
            await self._files.delete(_PROBE, [name])

    @asynccontextmanager
    async def _translated(self, failed: str, *, seconds: float = _SECONDS) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except (BaseError, OSError, ValueError) as error:
            trouble = StorageError(store_trouble(self._place, failed, error))
            self.condition.failed(trouble)
            raise trouble from error


def _is_strange(key: str) -> bool:
    return bool(key) and not (_OURS.fullmatch(key) or _NO_MATTER.fullmatch(key))


def _folder(place: str, database: Path | None) -> Folder:
    root = Path(place).absolute()
    refuse_shared(root, database)
    make_folder(root)
    return Folder(root)
