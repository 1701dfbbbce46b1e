"""What all processes know about the gateway, as the core needs it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.model import Fault
from bot.core.queue import Outage


class GatewayState(Protocol):
    """What all processes know about the gateway. Raises StorageError."""

    async def pause(self, until: datetime) -> None:
        """Stop all processes from claiming `queued` jobs before `until` (the gateway's rate limit)."""
        ...

    async def failed(self, fault: Fault, *, sent: datetime | None, first_pause: timedelta) -> Outage:
        """Count a failure of the gateway, of a request that was `sent` then. Return what is known by now.

        In an outage, by `rules.outage`, no queued job is claimed for a pause; then one at a time.
        """
        ...

    async def answered(self) -> None:
        """Forget the failures of the gateway, since it works; the pause of an outage is over."""
        ...

    async def outage(self) -> Outage | None:
        """Return the failures of the gateway, if its latest answer was one."""
        ...

    async def cool_down(self, model: str, until: datetime) -> None:
        """Stop all processes from claiming `queued` jobs of `model` before `until`."""
        ...

    async def refuse_model(self, model: str, until: datetime, fault: Fault) -> None:
        """Remember that the gateway refused `model` as a whole. Until then, no job that names no model gets it."""
        ...

    async def refused_models(self) -> Mapping[str, datetime]:
        """Return the models that were refused, and until when that is remembered."""
        ...

    async def gateway_down(self) -> Fault | None:
        """Return why the gateway can't be used now (AUTH, BALANCE; GATEWAY for a newer release's reason), or None."""
        ...

    async def set_gateway_down(self, fault: Fault | None) -> None:
        """Store, for all processes, why the gateway can't be used; None if it can."""
        ...
