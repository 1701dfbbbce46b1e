"""Housekeeping: the live list of models, old images, and whether a gateway that was out of order works again."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.core.catalogue import Catalogue
from bot.core.clock import Clock, made_at
from bot.core.errors import ProviderError, StorageError
from bot.core.model import Fault
from bot.core.ports import GatewayState, ImageProvider, ImageStore, Ledger
from bot.core.supervise import Loop

logger = logging.getLogger(__name__)

_LIST_SECONDS = 3600.0
_RETENTION_SECONDS = 6 * 3600.0
_AT_A_TIME = 500
RECOVERY_SECONDS = 30.0


class Housekeeping:
    """Regular background work that no user waits for."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        provider: ImageProvider,
        ledger: Ledger,
        gateway: GatewayState,
        images: ImageStore,
        clock: Clock,
        retention: timedelta,
        recovery_seconds: float = RECOVERY_SECONDS,
    ) -> None:
        self._catalogue, self._provider, self._ledger, self._gateway = catalogue, provider, ledger, gateway
        self._images, self._clock, self._retention = images, clock, retention
        away = (ProviderError,)
        self.loops = (
            Loop("refreshing the list of models", self.refresh_models, seconds=_LIST_SECONDS, expected=away),
            Loop("deleting old images", self._delete_old_images, seconds=_RETENTION_SECONDS),
            Loop("looking for recovery", self._look_for_recovery, seconds=recovery_seconds, expected=away),
        )
        """The loops to run for as long as the bot runs."""

    async def refresh_models(self) -> None:
        """Fetch the live list of models. Raises ProviderError."""
        self._catalogue.update(await self._provider.models())

    async def _delete_old_images(self) -> None:
        """Delete the images of old jobs. If the ledger doesn't know a job, its id tells when it was made."""
        kept, deleted, failure = await self._images.jobs(), 0, None
        for start in range(0, len(kept), _AT_A_TIME):
            for job_id in await self._old(kept[start : start + _AT_A_TIME]):
                try:
                    deleted += await self._images.delete(job_id)
                except StorageError as error:  # one failure must not prevent the other deletions
                    failure = error
        if deleted:
            logger.info("deleted %d images older than %d days", deleted, self._retention.days)
        if failure:
            raise failure

    async def _old(self, job_ids: Sequence[str]) -> Sequence[str]:
        ends, limit = await self._ledger.ends(job_ids), self._clock.now() - self._retention
        moments = ((job_id, ends[job_id] if job_id in ends else made_at(job_id)) for job_id in job_ids)
        return [job_id for job_id, moment in moments if moment is not None and moment < limit]

    async def _look_for_recovery(self) -> None:
        fault = await self._gateway.gateway_down()
        if fault is None:
            return
        if fault is Fault.AUTH:
            await self._provider.check()
        # The key is accepted again. For a used-up balance there is no free check: the next job finds out.
        await self._gateway.set_gateway_down(None)
        logger.info("the image gateway is tried again")
