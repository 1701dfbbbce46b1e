"""A bucket of objects, as an image store uses it: an object appears whole or not at all."""

from collections.abc import Callable, Sequence
from datetime import datetime

from obstore.store import ObjectStore


class Bucket:
    """The objects below a prefix, by keys such as `job/0.png`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, data: bytes) -> None:
        """Store an object."""
        await self._store.put_async(key, data)

    async def get(self, key: str) -> bytes:
        """Return an object. Raises FileNotFoundError."""
        return bytes(await (await self._store.get_async(key)).bytes_async())

    async def names(self, prefix: str, *, folders: bool) -> Sequence[str]:
        """Return the names of the common prefixes, or of the objects, directly below a prefix."""
        found = await self._store.list_with_delimiter_async(prefix)
        paths = found["common_prefixes"] if folders else [entry["path"] for entry in found["objects"]]
        return [path.rpartition("/")[2] for path in paths]

    async def first(self, wanted: Callable[[str], bool]) -> str | None:
        """Return the first wanted key; None if there is none."""
        async for page in self._store.list():
            for entry in page:
                if wanted(entry["path"]):
                    return entry["path"]
        return None

    async def delete(self, folder: str, names: Sequence[str]) -> None:
        """Delete objects. What is gone already counts as deleted."""
        await self._store.delete_async([f"{folder}/{name}" for name in names])

    async def unfinished(self, before: datetime) -> Sequence[str]:
        """Return nothing: an object that was not written to its end has no key."""
        return ()
