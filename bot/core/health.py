"""Health: whether the bot can accept commands now, and figures for monitoring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.errors import StorageError
from bot.core.model import Status
from bot.core.ports import GatewayState, Ledger, WorkQueue
from bot.core.supervise import Link, Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures for monitoring. `jobs`, the counts by status, is None while the database can't be read."""

    jobs: Mapping[Status, int] | None
    working: Mapping[str, bool]
    """Whether each loop works, by its name: the latest round succeeded, or failed with an expected error."""
    set_aside: int
    undelivered: int
    """How many outcomes this process could not show for a day, and gave up."""


class Health:
    """The health of a process. Available from its start, before the database and the platforms are open."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._work: WorkQueue | None = None
        self._gateway: GatewayState | None = None
        self._links: Sequence[Link] = ()
        self._worker: Sequence[Loop] = ()
        self._loops: Sequence[Loop] = ()
        self._undelivered: Callable[[], int] = int

    def watch(
        self,
        *,
        ledger: Ledger,
        work: WorkQueue,
        gateway: GatewayState,
        links: Sequence[Link],
        worker: Sequence[Loop],
        loops: Sequence[Loop],
        undelivered: Callable[[], int] = int,
    ) -> None:
        """Report on these from now on: the database is migrated, the platforms are about to connect.

        `loops` are all of them. Without those of the `worker` nothing is drawn; without another one something is late.
        """
        self._ledger, self._work, self._gateway = ledger, work, gateway
        self._links, self._worker, self._loops = links, worker, loops
        self._undelivered = undelivered

    async def readiness(self, every_platform: bool = False) -> tuple[bool, Mapping[str, object]]:
        """Return whether commands are accepted and processed on at least one platform, and the details.

        One platform that is away must not take a process out of service that serves another one. With `every_platform`,
        the answer is true only while none is away.
        """
        unready = {link.name: link.unready for link in self._links if link.unready}
        failing = {loop.name: loop.failing for loop in self._loops if loop.failing}
        works = not any(loop.name in failing for loop in self._worker)
        database, gateway = await self._storage()
        platforms = {link.name: link.name not in unready for link in self._links}
        details: dict[str, object] = {"database": database, "platforms": platforms, "gateway": gateway}
        if unready:
            details["unready"] = unready
        if failing:
            details["failing"] = failing
        if self._work and self._work.set_aside:
            details["set_aside"] = self._work.set_aside
        served = all(platforms.values()) if every_platform else any(platforms.values())
        return database and works and served, details

    async def figures(self) -> Figures:
        """Return the current figures."""
        return Figures(
            jobs=await self._counts(),
            working={loop.name: not loop.failing for loop in self._loops},
            set_aside=len(self._work.set_aside) if self._work else 0,
            undelivered=self._undelivered(),
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
