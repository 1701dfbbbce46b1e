"""Upload pictures to Slack's file store, once each; messages then show them by id.

https://docs.slack.dev/messaging/working-with-files: get an upload URL, send the bytes, complete. Without a
channel the file stays the bot's own, and is seen where a message shows it. Slack processes it for a while after that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import aiohttp

from adapters.slack.address import Files
from adapters.slack.client import SlackClient
from adapters.slack.refusals import translated
from adapters.slack.render import picture_key
from bot.core.errors import DeliveryError
from bot.core.images.library import ImageLibrary
from bot.core.model import ImageLimits
from bot.core.replies import Picture

# `slack_file` takes no webp: https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
LIMITS = ImageLimits(media_types=frozenset({"image/png", "image/jpeg", "image/gif"}))
MAX_ALT = 1000
_REMEMBERED = 500
_SENDING = aiohttp.ClientTimeout(total=60, connect=10)
_PROCESSING_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0


class Uploads:
    """Uploads pictures, and remembers the uploads: a delivery that is tried again does not send the bytes again."""

    def __init__(self, library: ImageLibrary) -> None:
        self._library = library
        self._uploaded: OrderedDict[tuple[str, int], str] = OrderedDict()

    async def ready(self, client: SlackClient, pictures: Sequence[Picture], known: Files) -> dict[tuple[str, int], str]:
        """Return the file id of each picture, once Slack can show it. `known` are the uploads stored in an address.

        Raises DeliveryError; StorageError, ImageError, ImageGone if the bytes can't be read.
        """
        files = {}
        fresh = {}
        for picture in pictures:
            key = picture_key(picture)
            file = known.get(key) or self._uploaded.get(key)
            if file is None:
                file = fresh[key] = await self._send(client, picture)
            files[key] = file
        if fresh:
            with translated():
                await client.api.files_completeUploadExternal(files=[{"id": file} for file in fresh.values()])
            await self._until_processed(client, list(fresh.values()))
            self._remember(fresh)
        return files

    def forget(self, pictures: Sequence[Picture]) -> None:
        """Forget these uploads, so that the next call uploads again: Slack no longer shows the files."""
        for picture in pictures:
            self._uploaded.pop(picture_key(picture), None)

    async def _send(self, client: SlackClient, picture: Picture) -> str:
        image = await self._library.file(picture, LIMITS)
        with translated():
            place = await client.api.files_getUploadURLExternal(
                filename=image.name, length=len(image.data), alt_txt=picture.alt[:MAX_ALT]
            )
            headers = {"Content-Type": image.media_type}
            async with client.session.post(
                str(place["upload_url"]), data=image.data, headers=headers, timeout=_SENDING
            ) as answer:
                if answer.status != 200:
                    raise DeliveryError(f"Slack's file store answered {answer.status}")
        return str(place["file_id"])

    async def _until_processed(self, client: SlackClient, files: Sequence[str]) -> None:
        """Wait until Slack has processed the files: until then it refuses a message that shows them."""
        try:
            async with asyncio.timeout(_PROCESSING_SECONDS):
                for file in files:
                    await self._processed(client, file)
        except TimeoutError as error:
            raise DeliveryError("Slack did not finish looking at the images in time") from error

    async def _processed(self, client: SlackClient, file: str) -> None:
        pause = _FIRST_PAUSE
        while True:
            with translated():
                answer = await client.api.files_info(file=file)
            if answer["file"].get("mimetype"):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _remember(self, files: Files) -> None:
        self._uploaded.update(files)
        while len(self._uploaded) > _REMEMBERED:
            self._uploaded.popitem(last=False)
