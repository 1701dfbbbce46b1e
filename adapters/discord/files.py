"""Pictures as files for Discord: as small as the place wants them, and smaller if Discord says so."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import discord

from adapters.discord.address import DiscordAddress
from adapters.discord.refusals import TooLarge, translated
from adapters.discord.render import MAX_ALT, beginning
from adapters.discord.whole_file import WholeFile
from bot.core.errors import ImageGone
from bot.core.image import ImageLimits
from bot.core.images.library import ImageLibrary
from bot.core.replies import Picture

# Per file, without boosts: https://docs.discord.com/developers/reference#uploading-files
FILE_LIMIT = 10 * 1024 * 1024
# The whole request for a message may have 25 MiB.
_REQUEST_LIMIT = 24 * 1024 * 1024
# After a refusal because of the size, the limit for another try is divided by this.
_SMALLER = 4

T = TypeVar("T")


class Files:
    """Reads pictures from the library, for one request at a time."""

    def __init__(self, library: ImageLibrary) -> None:
        self._library = library

    async def send(
        self,
        request: Callable[[Sequence[discord.File]], Awaitable[T]],
        pictures: Sequence[Picture],
        file_limit: int = FILE_LIMIT,
    ) -> T:
        """Make a request with the pictures, once more with smaller ones if they are too large.

        Raises WayClosed, DeliveryError; StorageError, ImageError, ImageGone if the bytes can't be read.
        """
        limits = limits_of(file_limit, len(pictures))
        try:
            return await self._attempt(request, pictures, limits)
        except TooLarge:
            if not pictures:
                raise
            smaller = replace(limits, max_bytes=min(limits.max_bytes, FILE_LIMIT) // _SMALLER)
            return await self._attempt(request, pictures, smaller)

    async def still_stored(self, place: DiscordAddress, picture: Picture) -> bool:
        """Return whether an image has not been deleted meanwhile. Raises StorageError, ImageError."""
        try:
            await self._library.file(picture, limits_of(place.file_limit or FILE_LIMIT, 1))
        except ImageGone:
            return False
        return True

    async def _attempt(
        self,
        request: Callable[[Sequence[discord.File]], Awaitable[T]],
        pictures: Sequence[Picture],
        limits: ImageLimits,
    ) -> T:
        files = [await self._file(picture, limits) for picture in pictures]
        async with translated():
            return await request(files)

    async def _file(self, picture: Picture, limits: ImageLimits) -> discord.File:
        image = await self._library.file(picture, limits)
        return discord.File(WholeFile(image.data), filename=image.name, description=beginning(picture.alt, MAX_ALT))


def limits_of(file_limit: int, count: int) -> ImageLimits:
    """Return the limits for each of `count` files of one request."""
    return ImageLimits(max_bytes=min(file_limit, _REQUEST_LIMIT // max(count, 1)))
