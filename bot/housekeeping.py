"""Housekeeping: the live model list, old images, and whether a gateway that was out of order works again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.catalogue import Catalogue
from bot.errors import ProviderError, StorageError
from bot.model import Fault
from bot.ports import Clock, ImageProvider, ImageStore, JobRepository

logger = logging.getLogger(__name__)

_LIST_SECONDS = 3600.0
_AFTER_FAILURE_SECONDS = 60.0
_RETENTION_SECONDS = 6 * 3600.0
RECOVERY_SECONDS = 30.0


class Housekeeping:
    """Looks after what nobody waits for."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        provider: ImageProvider,
        jobs: JobRepository,
        images: ImageStore,
        clock: Clock,
        retention: timedelta,
        recovery_seconds: float = RECOVERY_SECONDS,
    ) -> None:
        self._catalogue, self._provider, self._jobs = catalogue, provider, jobs
        self._images, self._clock, self._retention = images, clock, retention
        self._recovery_seconds = recovery_seconds

    async def run(self) -> None:
        """Look after everything until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_every("refreshing the list of models", _LIST_SECONDS, self.refresh_models))
            group.create_task(_every("deleting old images", _RETENTION_SECONDS, self._delete_old_images))
            group.create_task(_every("looking for recovery", self._recovery_seconds, self._look_for_recovery))

    async def refresh_models(self) -> None:
        """Fetch the live list. Raises ProviderError."""
        self._catalogue.update(await self._provider.models())

    async def _delete_old_images(self) -> None:
        deleted = await self._images.delete_before(self._clock.now() - self._retention)
        if deleted:
            logger.info("deleted %d images older than %d days", deleted, self._retention.days)

    async def _look_for_recovery(self) -> None:
        fault = await self._jobs.out_of_order()
        if fault is None:
            return
        if fault is Fault.AUTH:
            await self._provider.check()
        # The key is accepted again; or, for a used-up balance, which nothing free can ask for, the next job finds out.
        await self._jobs.set_out_of_order(None)
        logger.info("the image gateway is tried again")


async def _every(name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except (ProviderError, StorageError) as error:
            logger.warning("%s failed: %s", name, error)
            await asyncio.sleep(min(seconds, _AFTER_FAILURE_SECONDS))
        else:
            await asyncio.sleep(seconds)
