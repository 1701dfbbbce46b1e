"""Housekeeping: the live list of models, old images, and whether a gateway that was out of order works again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.catalogue import Catalogue
from bot.core.clock import Clock, made_at
from bot.core.errors import ProviderError, StorageError
from bot.core.model import Fault
from bot.core.ports import GatewayState, ImageProvider, ImageStore, Ledger
from bot.core.supervise import Loop

logger = logging.getLogger(__name__)

_LIST_SECONDS = 3600.0
_REFUSALS_SECONDS = 10.0
_RETENTION_SECONDS = 6 * 3600.0
_AT_A_TIME = 500
RECOVERY_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class Housekeeping:
    """Regular background work that no user waits for."""

    catalogue: Catalogue
    provider: ImageProvider
    ledger: Ledger
    gateway: GatewayState
    images: ImageStore
    clock: Clock
    retention: timedelta
    recovery_seconds: float = RECOVERY_SECONDS

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops to run for as long as the bot runs."""
        away = (ProviderError,)
        return (
            Loop("refreshing the list of models", self._refresh_models, seconds=_LIST_SECONDS, expected=away),
            Loop("reading which models were refused", self._read_refusals, seconds=_REFUSALS_SECONDS),
            Loop("deleting old images", self._delete_old_images, seconds=_RETENTION_SECONDS),
            Loop("looking for recovery", self._look_for_recovery, seconds=self.recovery_seconds, expected=away),
        )

    async def _refresh_models(self) -> None:
        try:
            self.catalogue.update(await self.provider.models())
        finally:
            self.catalogue.set_answered()

    async def _read_refusals(self) -> None:
        """Learn what other processes, or this one before its restart, remembered."""
        self.catalogue.set_refused(await self.gateway.refused_models())

    async def _delete_old_images(self) -> None:
        """Delete the images of old jobs. If the ledger doesn't know a job, its id tells when it was made."""
        kept, deleted, failure = await self.images.jobs(), 0, None
        for start in range(0, len(kept), _AT_A_TIME):
            for job_id in await self._old(kept[start : start + _AT_A_TIME]):
                try:
                    deleted += await self.images.delete(job_id)
                except StorageError as error:  # one failure must not prevent the other deletions
                    failure = error
        if deleted:
            logger.info("deleted %d images older than %d days", deleted, self.retention.days)
        if failure:
            raise failure

    async def _old(self, job_ids: Sequence[str]) -> Sequence[str]:
        ends, limit = await self.ledger.ends(job_ids), self.clock.now() - self.retention
        moments = ((job_id, ends[job_id] if job_id in ends else made_at(job_id)) for job_id in job_ids)
        return [job_id for job_id, moment in moments if moment is not None and moment < limit]

    async def _look_for_recovery(self) -> None:
        fault = await self.gateway.gateway_down()
        if fault is None:
            return
        if fault is Fault.AUTH:
            await self.provider.check()
        # The key is accepted again. For a used-up balance there is no free check: the next job finds out.
        await self.gateway.set_gateway_down(None)
        logger.info("the image gateway is tried again")
