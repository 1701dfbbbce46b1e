"""Shows an ended job's images in a further message, which is in the ledger before anybody sees it."""

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.core.copies import Copy
from bot.core.errors import DeliveryError, StorageError
from bot.core.jobs.showing import Showing
from bot.core.ledger import Admission
from bot.core.origin import Address
from bot.core.refusals import Busy
from bot.core.replies import Reply

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Copying:
    """Shows the words, stores where they are, then shows the images: so all of it can be deleted with the job."""

    admission: Admission
    showing: Showing

    async def show(self, job_id: str, reply: Reply, copy: Copy) -> Address:
        """Show a reply as a new message where `copy` says, and return where it is.

        Raises Refusal, StorageError; DeliveryError, if it isn't shown: a permanent one, if that is for good.
        """
        await self.admission.add_copy(job_id, copy)
        # Without a token: a message that only a token reaches could not be deleted later.
        shown, stands = replace(copy.address, tokens={}), False

        async def remember(address: Address) -> None:
            nonlocal shown, stands
            shown, stands = replace(address, tokens={}), True
            if not await self.admission.set_copy(job_id, replace(copy, address=shown)):
                raise Busy

        try:
            await remember(await self.showing.publish(job_id, shown, reply, remember))
        except BaseException as error:
            await self._take_back(job_id, replace(copy, address=shown), error, stands=stands)
            raise
        return shown

    async def _take_back(self, job_id: str, copy: Copy, error: BaseException, *, stands: bool) -> None:
        """Delete a message whose images can't be shown. One that stays, or may be there, stays noted."""
        logger.info("job %s is not shown by another message: %s", job_id, error)
        stays = stands or not (isinstance(error, DeliveryError) and error.permanent)
        with suppress(DeliveryError):
            await self.showing.delete(job_id, copy.address)
            stays = False
        with suppress(StorageError):
            if stays:  # others may see it, but nobody knows where
                await self.admission.set_copy(job_id, replace(copy, conversation="", channel=""))
            else:
                await self.admission.drop_copy(job_id, copy.id)
