"""The library: verifies, stores and returns images. All work on their bytes is done in threads."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.core.errors import ImageError, ImageGone
from bot.core.image import ImageFile, ImageLimits, StoredImage
from bot.core.images.at_hand import AtHand
from bot.core.images.marks import marked, seems_marked
from bot.core.images.threads import Threads
from bot.core.images.verify import EXTENSIONS, VerifiedImage, examine, extension, verify
from bot.core.ports import ImageStore
from bot.core.quiet import Quiet
from bot.core.replies import Picture

if TYPE_CHECKING:
    from bot.core.images.fit import FittedImage

logger = logging.getLogger(__name__)

# So many images at a time are in memory twice, as they were drawn and as they are stored.
_TWICE = 4
_FETCHED_SECONDS = 5.0
"""How long images are kept in memory for a page after it was told of them."""


class ImageLibrary:
    """Stores verified images, and returns them in a form that a platform can show."""

    def __init__(self, store: ImageStore, *, marks: bool = True, fetched_within: float = _FETCHED_SECONDS) -> None:
        self._store, self._marks, self._fetched_within = store, marks, fetched_within
        self._quiet = Quiet()
        self._threads, self._at_hand = Threads(), AtHand()
        self._twice = asyncio.Semaphore(_TWICE)

    async def keep(self, job_id: str, index: int, data: bytes, *, model: str) -> StoredImage:
        """Verify, mark as this model's and store one image. Raises ImageError, StorageError."""
        mark = model if self._marks else ""
        async with self._twice:
            image = await self._threads.run(lambda: _marked(verify(data), mark))
            stored = _stored(job_id, index, image)
            # Somebody waits for the image: it is hashed while it is written.
            sha256, _ = await asyncio.gather(
                self._threads.run(partial(_digest, image.data)), self._store.put(stored.key, image.data)
            )
        self._at_hand.put(stored.key, image.data)
        return replace(stored, sha256=sha256)

    def let_go(self, job_id: str) -> None:
        """Drop a job's images from memory after a moment: an open page that was told of them fetches them at once."""
        asyncio.get_running_loop().call_later(self._fetched_within, self._at_hand.drop, job_id)

    async def delete(self, job_id: str) -> None:
        """Delete what is stored of a job. Raises StorageError."""
        self._at_hand.drop(job_id)
        await self._store.delete(job_id)

    async def has_any(self, keys: Sequence[str]) -> bool:
        """Return whether any of these images is stored. Raises StorageError."""
        for key in keys:
            with suppress(ImageGone):
                await self._store.get(key)
                return True
        return False

    async def found(self, job_id: str, count: int) -> tuple[StoredImage, ...]:
        """Return up to `count` images that were stored for a job, in order. Raises StorageError."""
        images: list[StoredImage] = []
        for index in range(count):
            for ending in EXTENSIONS.values():
                with suppress(ImageGone, ImageError):
                    key = f"{job_id}/{index}.{ending}"
                    data = await self._store.get(key)
                    stored = _stored(job_id, index, await self._threads.run(partial(verify, data)))
                    images.append(
                        replace(stored, key=key, size=len(data), sha256=await self._threads.run(partial(_digest, data)))
                    )
                    break
        return tuple(images)

    async def is_whole(self, picture: Picture) -> bool:
        """Return whether an image is stored as it was drawn. Raises StorageError."""
        try:
            await self._whole(picture.image)
        except ImageGone:
            return False
        return True

    async def file(self, picture: Picture, limits: ImageLimits) -> ImageFile:
        """Read one image and make it fit. Raises StorageError, ImageError; ImageGone, also if it is damaged."""
        stored = picture.image
        fresh = self._at_hand.take(stored.key)
        data = await self._whole(stored) if fresh is None else fresh
        model = picture.model if self._marks else ""
        # It may have been stored by a release that didn't mark, or have a manifest.
        if fresh is None and model and not seems_marked(data):
            data = await self._threads.run(lambda: marked(verify(data), model))
        if stored.media_type in limits.media_types and len(data) <= limits.max_bytes:
            media_type, width, height = stored.media_type, stored.width, stored.height
        else:
            work = partial(_fitted, data, limits, model=model)
            image = await self._threads.run(work, pixels=stored.width * stored.height)
            data, media_type, width, height = image.data, image.media_type, image.width, image.height
        name = f"imagine-{picture.job[-8:]}-{picture.index + 1}.{extension(media_type)}"
        return ImageFile(name=name, media_type=media_type, width=width, height=height, data=data)

    async def _whole(self, stored: StoredImage) -> bytes:
        data = await self._store.get(stored.key)
        if (damage := await self._damage(stored, data)) is not None:
            if not self._quiet.again(stored.key):
                logger.error("the stored image %s is damaged and isn't shown: %s", stored.key, damage)
            raise ImageGone(stored.key)
        return data

    async def _damage(self, stored: StoredImage, data: bytes) -> str | None:
        """Return what is wrong with the bytes of an image; None if they are as they were stored."""
        if len(data) != stored.size:
            return f"it has {len(data)} of {stored.size} bytes"
        if stored.sha256:
            sha256 = await self._threads.run(partial(_digest, data))
            return None if sha256 == stored.sha256 else "its bytes are others"
        try:
            await self._threads.run(partial(examine, data))
        except ImageError as error:
            return str(error)
        return None


def _fitted(data: bytes, limits: ImageLimits, *, model: str) -> "FittedImage":
    from bot.core.images.fit import fit  # Pillow's import takes a while, and few images need it

    return fit(data, limits, model=model)


def _marked(image: VerifiedImage, model: str) -> VerifiedImage:
    """Return the image as it is stored: marked, if a model is given. Raises MemoryError."""
    return replace(image, data=marked(image, model)) if model else image


def _stored(job_id: str, index: int, image: VerifiedImage) -> StoredImage:
    return StoredImage(
        key=f"{job_id}/{index}.{extension(image.media_type)}",
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        size=len(image.data),
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
