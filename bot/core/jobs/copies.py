"""Removes the copies of old images that a platform has, and says so where they were."""

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.chat import Copies
from bot.core.clock import Clock
from bot.core.errors import DeliveryError
from bot.core.jobs.job_reply import job_reply
from bot.core.jobs.sentences import removed
from bot.core.language import prepare, speak
from bot.core.ledger import Admission, Ledger
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.refusals import UnreadableJob
from bot.core.replies import Reply
from bot.core.supervise import Loop

logger = logging.getLogger(__name__)

_SECONDS = 3600.0
_AT_A_TIME = 100


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class OldCopies:
    """What a platform keeps of old jobs. The ledger says what is left to do, also after a restart."""

    platform: str
    copies: Copies
    admission: Admission
    ledger: Ledger
    clock: Clock

    @property
    def loop(self) -> Loop:
        """Remove what is old by now, each hour."""
        return Loop(f"removing old copies on {self.platform}", self.round, seconds=_SECONDS, expected=(DeliveryError,))

    async def round(self) -> None:
        """Remove what is old by now. Raises StorageError; DeliveryError if the platform can't do it now."""
        after, limit = "", self.clock.now() - timedelta(days=self.copies.days)
        part, platform = self.copies.part, self.platform
        while found := await self.ledger.shown_with(part, platform, before=limit, after=after, size=_AT_A_TIME):
            after = found[-1]
            for job_id in found:
                with suppress(UnreadableJob):
                    job = await self.ledger.get(job_id)
                    if job is not None:
                        await self._remove(job, limit)

    async def _remove(self, job: Job, limit: datetime) -> None:
        if address := await self._removed(job, job.origin.address):
            await self.admission.move(job.id, job.origin.address, address)
        for copy in job.copies:  # made later than the job
            if copy.at < limit and (address := await self._removed(job, copy.address)):
                await self.admission.set_copy(job.id, replace(copy, address=address))

    async def _removed(self, job: Job, address: Address) -> Address | None:
        """Return the address without what was removed; None if there was nothing, or if it stays for good."""
        if not self.copies.are_at(address):
            return None
        try:
            return await self.copies.remove(address, await self._reply(job))
        except DeliveryError as error:
            if not error.permanent:
                raise
            logger.warning("copies of job %s stay on %s: %s", job.id, self.platform, error)
            return None

    async def _reply(self, job: Job) -> Reply:
        await prepare(job.origin.locale)
        shown, line = job_reply(job), removed(speak(job.origin.locale), job, self.copies.days)
        return replace(shown, pictures=(), lines=(*shown.lines, line))
