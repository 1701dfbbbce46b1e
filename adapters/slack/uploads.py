"""Upload pictures to Slack's file store, once each; messages then show them by id.

https://docs.slack.dev/messaging/working-with-files: get an upload URL, send the bytes, complete. Without a
channel the file stays the bot's own, and is seen where a message shows it. Slack processes it for a while after that.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.refusals import SlackRefusal, text_in, translated, wait_of
from adapters.slack.render import picture_key
from bot.core.chat import Meaning
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, ImageError
from bot.core.foreign import in_bytes
from bot.core.image import ImageFile, ImageLimits
from bot.core.images.library import ImageLibrary
from bot.core.replies import Picture

logger = logging.getLogger(__name__)

# `slack_file` takes no webp: https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
LIMITS = ImageLimits(media_types=frozenset({"image/png", "image/jpeg", "image/gif"}))
# In bytes: it goes into the address, where a character takes up to twelve, and servers take 8 KB. The message that
# shows the file has the whole text.
MAX_ALT = 1000
# If a workspace restricts large files, Slack doesn't say which size is small enough.
_SMALL = 1024 * 1024
_REMEMBERED = 500
# Half of the 50 a minute that Slack allows: https://docs.slack.dev/reference/methods/files.delete
_BETWEEN_DELETIONS = 60 / 25
_GONE = frozenset({"file_not_found", "file_deleted"})
# A file that was uploaded so recently, and isn't there, will soon be: until then nothing is uploaded again.
_YOUNG_SECONDS = 60
# Slack's messages accept a file a little later than files.info says that it is processed.
_PAUSES = (0.0, 0.3, 0.6, 1.2, 2.4)
_LATER = 5.0
_LONG_PAUSES = (_LATER,) * (_YOUNG_SECONDS // int(_LATER))
_SENDING = aiohttp.ClientTimeout(total=60, connect=10)


@dataclass(slots=True, kw_only=True)
class _Upload:
    """One file in Slack's store. It is the bot's once the upload is `completed`, at that time in Unix seconds."""

    file: str
    kind: str
    completed: int | None = None
    asked: bool = False
    """Whether Slack was asked to complete it: it may have done so, and the answer was lost."""


class Uploads:
    """Uploads pictures, and remembers the uploads: another try goes on where the last one stopped."""

    def __init__(self, library: ImageLibrary, clock: Clock, pause: Callable[[float], Awaitable[None]]) -> None:
        self._library, self._clock, self._pause = library, clock, pause
        self._uploads: OrderedDict[tuple[str, int], _Upload] = OrderedDict()
        self._useless: OrderedDict[str, None] = OrderedDict()

    async def completed(self, client: SlackClient, pictures: Sequence[Picture], known: Files) -> tuple[Files, int]:
        """Return the file id of each picture, and when the last of them was uploaded, in Unix seconds (0: long ago).

        `known` are the uploads stored in an address. Raises DeliveryError; StorageError, ImageError, ImageGone if the
        bytes can't be read.
        """
        missing = [picture for picture in pictures if picture_key(picture) not in known]
        # The first upload shows whether Slack takes any. The others don't have to wait for one another.
        uploads = {picture_key(each): await self._once_sent(client, each) for each in missing[:1]}
        sending = [self._once_sent(client, each) for each in missing[1:]]
        for picture, upload in zip(missing[1:], await asyncio.gather(*sending, return_exceptions=True), strict=True):
            if isinstance(upload, BaseException):  # all have ended by then
                raise upload
            uploads[picture_key(picture)] = upload
        if sent := [upload for upload in uploads.values() if upload.completed is None]:
            await self._complete(client, sent, pictures)
        files = {key: known.get(key) or uploads[key].file for key in map(picture_key, pictures)}
        return files, max((upload.completed or 0 for upload in uploads.values()), default=0)

    async def once_processed(
        self,
        client: SlackClient,
        place: SlackAddress,
        send: Callable[[], Awaitable[SlackAddress]],
        *,
        patiently: bool = False,
    ) -> SlackAddress:
        """Send a message with files as soon as Slack takes them. Raises DeliveryError, if that takes longer.

        Slack may show a file before it has processed it, so it is asked how far it is only after a refusal.
        """
        for pause in (*_PAUSES, *_LONG_PAUSES) if patiently else _PAUSES:
            if pause:
                await self._pause(pause)
                if not await self._processed(client, place.files.values()):
                    continue
            try:
                return await send()
            except SlackRefusal as refused:
                if not refused.no_file or not self._is_young(place):
                    raise
        raise SlackRefusal(Meaning.NOT_NOW, "the images aren't processed yet", retry_after=_LATER)

    def _is_young(self, place: SlackAddress) -> bool:
        return abs(self._clock.now().timestamp() - max(place.uploaded, default=0)) < _YOUNG_SECONDS

    async def _processed(self, client: SlackClient, files: Iterable[str]) -> bool:
        """Return whether Slack has processed the files, as far as it tells. Raises DeliveryError."""
        for file in files:
            try:
                with translated():
                    answer = await client.api.files_info(file=file)
                    kind = answer["file"].get("mimetype")
            except SlackRefusal as refused:
                if not refused.permanent:
                    raise
                if refused.no_file:
                    return False
                logger.info("whether file %s is processed isn't told: %s", file, refused)
            else:
                if not kind:
                    return False
        return True

    async def delete(self, client: SlackClient, file: str) -> None:
        """Delete a file from Slack's store. One that is gone already is deleted. Raises DeliveryError.

        https://docs.slack.dev/reference/methods/files.delete
        """
        try:
            with translated():
                await client.api.files_delete(file=file)
        except SlackRefusal as refused:
            if refused.code not in _GONE:
                raise

    async def discard(self, client: SlackClient, files: Files) -> None:
        """Delete uploads that no message shows, and forget them. `clear_up` deletes later what can't be deleted now."""
        for key, file in files.items():
            self._uploads.pop(key, None)
            self._useless[file] = None
        while len(self._useless) > _REMEMBERED:
            self._useless.popitem(last=False)
        await self.clear_up(client, files.values())

    async def remove(self, client: SlackClient, files: Files) -> None:
        """Delete files that are old, at half the pace that Slack allows, and forget them. Raises DeliveryError."""
        for key, file in files.items():
            await self._pause(_BETWEEN_DELETIONS)  # also after one that was refused
            await self.delete(client, file)
            self._uploads.pop(key, None)

    async def clear_up(self, client: SlackClient, files: Iterable[str] | None = None) -> None:
        """Delete what was discarded, at half the pace that Slack allows: all files that are left, or these files.

        A refusal for good ends the tries; anything else is tried again with the next call.
        """
        for file in [file for file in (self._useless if files is None else files) if file in self._useless]:
            try:
                await self.delete(client, file)
            except DeliveryError as error:
                logger.info("file %s, which no message shows, is still there: %s", file, error)
                if not error.permanent:
                    return
            self._useless.pop(file, None)
            if files is None:
                await self._pause(_BETWEEN_DELETIONS)

    def forget(self, pictures: Sequence[Picture]) -> None:
        """Forget these uploads, so that the next call uploads again: Slack no longer shows the files."""
        for picture in pictures:
            self._uploads.pop(picture_key(picture), None)

    async def _complete(self, client: SlackClient, uploads: Sequence[_Upload], pictures: Sequence[Picture]) -> None:
        # https://docs.slack.dev/reference/methods/files.completeUploadExternal: with its `highlight_type` Slack shows a
        # file before it has processed it.
        files: list[dict[str, str | None]] = [{"id": upload.file, "highlight_type": upload.kind} for upload in uploads]
        asked = [upload.asked for upload in uploads]
        for upload in uploads:
            upload.asked = True
        try:
            with translated():
                await client.api.files_completeUploadExternal(files=files)
        except SlackRefusal as refused:
            if not (refused.no_file and all(asked)):
                if refused.permanent:
                    self.forget(pictures)
                raise
            # An upload can be completed once only, so it was Slack's answer to the last try that was lost.
        for upload in uploads:
            upload.completed = int(self._clock.now().timestamp())

    async def _once_sent(self, client: SlackClient, picture: Picture) -> _Upload:
        return self._uploads.get(picture_key(picture)) or await self._sent(client, picture)

    async def _sent(self, client: SlackClient, picture: Picture) -> _Upload:
        """Send a picture; one that Slack finds too large once more, as a smaller JPEG."""
        image = await self._library.file(picture, LIMITS)
        try:
            upload = await self._send(client, picture, image)
        except SlackRefusal as refused:
            if refused.meaning is not Meaning.TOO_LARGE:
                raise
            logger.info("sending it once more as a smaller JPEG: %s", refused)
            upload = await self._send(client, picture, await self._smaller(picture, image, refused))
        self._uploads[picture_key(picture)] = upload
        while len(self._uploads) > _REMEMBERED:
            self._uploads.popitem(last=False)
        return upload

    async def _smaller(self, picture: Picture, image: ImageFile, refused: SlackRefusal) -> ImageFile:
        most = min(_SMALL, len(image.data) // 2)
        try:
            return await self._library.file(picture, ImageLimits(media_types=frozenset({"image/jpeg"}), max_bytes=most))
        except ImageError as error:
            logger.info("it can't be made small enough: %s", error)
            raise refused from error

    async def _send(self, client: SlackClient, picture: Picture, image: ImageFile) -> _Upload:
        with translated():
            place = await client.api.files_getUploadURLExternal(
                filename=image.name, length=len(image.data), alt_txt=in_bytes(picture.alt, MAX_ALT)
            )
            upload = _Upload(file=text_in(place, "file_id"), kind=image.name.rpartition(".")[2])
            headers = {"Content-Type": image.media_type}
            async with client.session.post(
                text_in(place, "upload_url"), data=image.data, headers=headers, timeout=_SENDING
            ) as answer:
                _check(answer)
        return upload


def _check(answer: Any) -> None:
    """Raise what the file store's answer means, which is a page or a word."""
    match answer.status:
        case HTTPStatus.OK:
            return
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise SlackRefusal(Meaning.TOO_LARGE, "http_413")
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackRefusal(Meaning.NOT_NOW, "http_429", retry_after=wait_of(answer.headers))
        case status:
            raise DeliveryError(f"Slack's file store answered {status}")
