"""Images at rest: a local folder, or an S3 bucket."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from bot.errors import StorageError

_SECONDS = 30.0
_SHORTER = timedelta(seconds=20)
_PROBE = ".probe"


class ObjectImageStore:
    """A `bot.ports.ImageStore` over obstore, whose puts are atomic: a file is renamed into place, an object appears."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    @classmethod
    def open(cls, place: str) -> "ObjectImageStore":
        """Open a folder, made if need be, or `s3://bucket/prefix`. Raises StorageError.

        S3 takes its keys, region and endpoint from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …).
        """
        try:
            return cls(_s3(place) if place.startswith("s3://") else _folder(place))
        except (BaseError, OSError, ValueError) as error:
            raise StorageError(f"the image store {place} can't be opened: {type(error).__name__}") from error

    async def put(self, key: str, data: bytes) -> None:
        """Store, atomically: a reader sees all or nothing. Raises StorageError."""
        async with _translated("store"):
            await self._store.put_async(key, data)

    async def get(self, key: str) -> bytes:
        """Read. Raises StorageError; KeyError if there is no such image."""
        async with _translated("read"):
            try:
                found = await self._store.get_async(key)
            except FileNotFoundError as error:
                raise KeyError(key) from error
            return bytes(await found.bytes_async())

    async def delete_before(self, moment: datetime) -> int:
        """Delete what was stored before; gives how many. Raises StorageError."""
        deleted = 0
        async with _translated("list"):
            pages = self._store.list(chunk_size=500)
        while True:
            async with _translated("list"):
                page = await anext(pages, None)
            if page is None:
                return deleted
            old = [entry["path"] for entry in page if entry["last_modified"] < moment]
            async with _translated("delete"):
                await self._store.delete_async(old)
            deleted += len(old)

    async def check(self) -> None:
        """Write, read and delete a probe. Raises StorageError."""
        key = f"{_PROBE}/{secrets.token_hex(8)}"
        try:
            await self.put(key, b"probe")
            await self.get(key)
        except KeyError as error:
            raise StorageError("the image store lost what was just written") from error
        async with _translated("delete"):
            await self._store.delete_async(key)


def _folder(place: str) -> LocalStore:
    return LocalStore(Path(place).absolute(), mkdir=True, automatic_cleanup=True)


def _s3(place: str) -> S3Store:
    return S3Store.from_url(
        place,
        client_options={"timeout": _SHORTER, "connect_timeout": timedelta(seconds=5)},
        retry_config={"max_retries": 2, "retry_timeout": _SHORTER},
    )


@asynccontextmanager
async def _translated(doing: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(f"the image store can't {doing}: {type(error).__name__}") from error
