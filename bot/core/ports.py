"""What the core needs of a gateway and an image store. Of a chat: `bot.core.chat`; of the ledger: `bot.core.ledger`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.image import Generation, ImageRequest, OfferedModel


class ImageProvider(Protocol):
    """A client of an image gateway."""

    async def generate(self, request: ImageRequest, sending: Callable[[], None] = lambda: None) -> Generation:
        """Send one generation request, once, for one image, and return its bytes: `n` images are `n` requests.

        `sending` is called when it is about to leave: until then it is certain that nothing was sent. Raises
        ProviderError with the fault. Never sends the request twice.
        """
        ...

    async def models(self) -> Sequence[OfferedModel]:
        """Return the models on the live list, also models that make no images. Raises ProviderError."""
        ...

    async def check(self) -> None:
        """Send a request that needs the key but costs nothing. Raises ProviderError."""
        ...

    async def balance(self) -> float | None:
        """Return what is left for the key, in USD; None if it has no limit. Raises ProviderError."""
        ...


class ImageStore(Protocol):
    """A store of image bytes."""

    async def put(self, key: str, data: bytes) -> None:
        """Store an image: a reader sees all of it or nothing, and on return it outlives the machine's power.

        Raises StorageError.
        """
        ...

    async def get(self, key: str) -> bytes:
        """Return an image's bytes. Raises StorageError; ImageGone if there is no such image."""
        ...

    async def jobs(self) -> Sequence[str]:
        """Return the ids of the jobs with stored images, whether or not the ledger knows them. Raises StorageError."""
        ...

    async def delete(self, job_id: str) -> int:
        """Delete a job's images, and only the bot's own files; return how many. Raises StorageError."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Delete the bot's own files whose writing was cut off before then; return how many. Raises StorageError."""
        ...

    async def check(self) -> None:
        """Write, read and delete a test file. Raises StorageError."""
        ...


class Wakeup(Protocol):
    """Notifications that work may be due, from this or another process. They may be lost, so poll as well."""

    async def wait(self, seconds: float) -> None:
        """Return when work may be due, or after `seconds`. A notification since the last wait counts."""
        ...

    def notify(self) -> None:
        """Notify that work may be due, in any process. Never blocks, never raises."""
        ...
