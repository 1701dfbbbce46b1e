"""The clean-up of the image store: what the ledger says is old, and the unfinished files of killed processes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.clock import Clock
from bot.core.errors import StorageError
from bot.core.ledger import Ledger
from bot.core.ports import ImageStore
from bot.core.rules import retention

logger = logging.getLogger(__name__)

_AT_A_TIME = 500


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class CleanUp:
    """Deletes the images of old jobs and of deleted ones, and only the bot's own files."""

    ledger: Ledger
    images: ImageStore
    clock: Clock
    retention: timedelta

    async def round(self) -> None:
        """Delete what is old by now. Raises StorageError after everything else has been deleted."""
        kept, deleted, failure = await self.images.jobs(), 0, None
        for start in range(0, len(kept), _AT_A_TIME):
            these = kept[start : start + _AT_A_TIME]
            for job_id in (*await self.ledger.deleted(these), *await self._old(these)):
                try:
                    deleted += await self.images.delete(job_id)
                except StorageError as error:  # one failure must not prevent the other deletions
                    failure = error
        if deleted:
            logger.info("deleted %d images older than %d days, or of deleted jobs", deleted, self.retention.days)
        if swept := await self.images.sweep(self.clock.now() - retention.UNFINISHED):
            logger.info("deleted %d files that were never written to their end", swept)
        if failure:
            raise failure

    async def _old(self, job_ids: Sequence[str]) -> Sequence[str]:
        ends, limit = await self.ledger.ends(job_ids), self.clock.now() - self.retention
        return [job_id for job_id in job_ids if retention.is_old(job_id, ends, limit)]
