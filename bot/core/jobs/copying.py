"""Shows an ended job's images by a further message, of which the ledger knows before anybody sees it."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.core.chat import Messenger
from bot.core.copies import Copy
from bot.core.errors import BotError, DeliveryError, ImageGone, NotConnected, PicturesGone, StorageError
from bot.core.ledger import Admission
from bot.core.origin import Address
from bot.core.refusals import Busy
from bot.core.replies import Reply

logger = logging.getLogger(__name__)

_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """What is deleted later is deleted there, too: the words are shown first, and stored is where, then the images."""

    admission: Admission
    messengers: Mapping[str, Messenger]

    async def show(self, job_id: str, reply: Reply, copy: Copy) -> Address:
        """Show a reply as a new message where `copy` says, and return where it is.

        Raises Refusal, StorageError; DeliveryError, if it isn't shown: a permanent one, if that is for good.
        """
        messenger = self.messengers.get(copy.address.platform)
        if messenger is None:
            raise NotConnected(copy.address.platform)
        await self.admission.add_copy(job_id, copy)
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._shown(messenger, job_id, reply, copy)
        except TimeoutError as error:
            raise DeliveryError("the platform did not answer in time") from error
        except ImageGone as error:
            raise PicturesGone from error

    async def _shown(self, messenger: Messenger, job_id: str, reply: Reply, copy: Copy) -> Address:
        # Without a token: what can be reached by nothing else could not be deleted later.
        shown = replace(copy.address, tokens={})

        async def remember(address: Address) -> None:
            nonlocal shown
            shown = replace(address, tokens={})
            if not await self.admission.set_copy(job_id, replace(copy, address=shown)):
                raise Busy

        try:
            await remember(await messenger.publish(shown, reply, remember))
        except BaseException as error:
            await self._take_back(messenger, job_id, replace(copy, address=shown), error)
            raise
        return shown

    async def _take_back(self, messenger: Messenger, job_id: str, copy: Copy, error: BaseException) -> None:
        """Delete a message whose images can't be shown. If it may be there nevertheless, it stays noted."""
        logger.info("job %s is not shown by another message: %s", job_id, error)
        unsure = not (isinstance(error, DeliveryError) and error.permanent)
        with suppress(BotError):
            await messenger.delete(copy.address)
            unsure = False
        with suppress(StorageError):
            if unsure:  # others may see it, but nobody knows where
                await self.admission.set_copy(job_id, replace(copy, conversation="", channel=""))
            else:
                await self.admission.drop_copy(job_id, copy.id)
