"""Health: whether the bot can accept commands now, and figures for monitoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.chat import Adapter
from bot.core.errors import StorageError
from bot.core.model import Status
from bot.core.ports import GatewayState, Ledger, WorkQueue
from bot.core.supervise import Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures for monitoring. `jobs`, the counts by status, is None while the database can't be read."""

    jobs: Mapping[Status, int] | None
    working: Mapping[str, bool]
    """Whether each loop works, by its name: the latest round succeeded, or failed with an expected error."""
    set_aside: int


class Health:
    """The health of a process. Available from its start, before the database and the platforms are open."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._work: WorkQueue | None = None
        self._gateway: GatewayState | None = None
        self._adapters: Sequence[Adapter] = ()
        self._loops: Sequence[Loop] = ()

    def watch(
        self,
        *,
        ledger: Ledger,
        work: WorkQueue,
        gateway: GatewayState,
        adapters: Sequence[Adapter],
        loops: Sequence[Loop],
    ) -> None:
        """Report on these from now on: the database is migrated, the platforms are about to connect."""
        self._ledger, self._work, self._gateway = ledger, work, gateway
        self._adapters, self._loops = adapters, loops

    async def readiness(self) -> tuple[bool, Mapping[str, object]]:
        """Return whether commands are accepted on every platform and processed, and the details."""
        connected = {adapter.name: adapter.ready for adapter in self._adapters}
        failing = {loop.name: loop.failing for loop in self._loops if loop.failing}
        database, gateway = await self._storage()
        details: dict[str, object] = {"database": database, "platforms": connected, "gateway": gateway}
        if failing:
            details["failing"] = failing
        if self._work and self._work.set_aside:
            details["set_aside"] = self._work.set_aside
        return database and all(connected.values()) and not failing, details

    async def figures(self) -> Figures:
        """Return the current figures."""
        return Figures(
            jobs=await self._counts(),
            working={loop.name: not loop.failing for loop in self._loops},
            set_aside=len(self._work.set_aside) if self._work else 0,
        )

    async def _counts(self) -> Mapping[Status, int] | None:
        try:
            return await self._ledger.counts() if self._ledger else None
        except StorageError:
            return None

    async def _storage(self) -> tuple[bool, str]:
        if self._gateway is None:
            return False, "unknown"
        try:
            fault = await self._gateway.gateway_down()
        except StorageError:
            return False, "unknown"
        return True, f"out of order: {fault}" if fault else "ok"
