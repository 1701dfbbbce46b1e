"""The gallery: verifies, stores and returns images. All work on pixels is done in threads."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.core.images.fit import fit
from bot.core.images.verify import VerifiedImage, extension, verify
from bot.core.model import ImageFile, ImageLimits, StoredImage
from bot.core.ports import ImageStore
from bot.core.replies import Picture

T = TypeVar("T")

# One core stays free for the event loop, so that many images at a time can't delay an acknowledgement.
_THREADS = max(1, (os.cpu_count() or 1) - 1)


class ImageLibrary:
    """Stores verified images, and returns them in a form that a platform can show."""

    def __init__(self, store: ImageStore) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(_THREADS, "pixels")

    async def keep(self, job_id: str, index: int, data: bytes) -> StoredImage:
        """Verify and store one image. Raises ImageError, StorageError."""
        image = await self._in_thread(lambda: verify(data))
        key = f"{job_id}/{index}.{extension(image.media_type)}"
        await self._store.put(key, image.data)
        return StoredImage(
            key=key, media_type=image.media_type, width=image.width, height=image.height, size=len(image.data)
        )

    async def file(self, picture: Picture, limits: ImageLimits) -> ImageFile:
        """Read one image and make it fit. Raises StorageError, ImageError, ImageGone."""
        data = await self._store.get(picture.image.key)
        if _fits(picture.image, limits):
            image = VerifiedImage(
                data=data,
                media_type=picture.image.media_type,
                width=picture.image.width,
                height=picture.image.height,
            )
        else:
            image = await self._in_thread(lambda: fit(data, picture.image.media_type, limits))
        name = f"imagine-{picture.job[-8:]}-{picture.index + 1}.{extension(image.media_type)}"
        return ImageFile(
            name=name, media_type=image.media_type, width=image.width, height=image.height, data=image.data
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _fits(image: StoredImage, limits: ImageLimits) -> bool:
    return image.media_type in limits.media_types and image.size <= limits.max_bytes
