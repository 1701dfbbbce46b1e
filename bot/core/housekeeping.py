"""Housekeeping: the live list of models, old images, and whether a gateway that was out of order works again."""

import logging
from dataclasses import dataclass

from bot.core.catalogue.catalogue import Catalogue
from bot.core.errors import ProviderError
from bot.core.gateway_state import GatewayState
from bot.core.images.clean_up import CleanUp
from bot.core.model import Fault
from bot.core.ports import ImageProvider
from bot.core.supervise import Loop

logger = logging.getLogger(__name__)

_LIST_SECONDS = 3600.0
_REFUSALS_SECONDS = 10.0
_RETENTION_SECONDS = 6 * 3600.0
RECOVERY_SECONDS = 30.0


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Housekeeping:
    """Regular background work that no user waits for."""

    catalogue: Catalogue
    provider: ImageProvider
    gateway: GatewayState
    clean_up: CleanUp
    recovery_seconds: float = RECOVERY_SECONDS

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops to run for as long as the bot runs."""
        away = (ProviderError,)
        return (
            Loop("refreshing the list of models", self._refresh_models, seconds=_LIST_SECONDS, expected=away),
            Loop("reading which models were refused", self._read_refusals, seconds=_REFUSALS_SECONDS),
            Loop("deleting old images", self.clean_up.round, seconds=_RETENTION_SECONDS),
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

    async def _look_for_recovery(self) -> None:
        fault = await self.gateway.gateway_down()
        if fault is None:
            return
        if fault is Fault.AUTH:
            await self.provider.check()
        # The key is accepted again. For a used-up balance there is no free check: the next job finds out.
        await self.gateway.set_gateway_down(None)
        logger.info("the image gateway is tried again")
