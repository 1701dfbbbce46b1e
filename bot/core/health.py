"""Health: whether the bot can accept commands now, and figures for monitoring."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from bot.core.at_most import AtMost
from bot.core.chat import Sharing
from bot.core.clock import Clock, SystemClock
from bot.core.condition import Condition
from bot.core.errors import StorageError
from bot.core.gateway_state import GatewayState
from bot.core.ledger import Ledger
from bot.core.model import Status
from bot.core.rules import outage
from bot.core.supervise import Link, Loop
from bot.core.work_queue import WorkQueue


class Figures(NamedTuple):
    """Figures for monitoring. What the database says is None while it can't be read."""

    jobs: Mapping[Status, int] | None
    """How many there are in each status."""
    oldest_waiting: float | None
    """For how many seconds the job that waits longest has waited; 0 if no job waits."""
    gateway_up: bool | None
    connected: Mapping[str, bool]
    """Whether commands arrive from each platform, and can be answered."""
    sharing: Mapping[str, Sharing]
    """How many connections use the token of each platform, where it says so."""
    refused: Mapping[str, int]
    """How many commands and presses this process refused, by reason."""
    storage_errors: Mapping[str, int]
    """How many operations failed in this process, by store."""
    storage_up: Mapping[str, bool]
    """Whether each store can be written, by its name."""
    working: Mapping[str, bool]
    """Whether each loop works, by its name: the latest round succeeded, or failed with an expected error."""
    set_aside: int
    undelivered: int
    """How many outcomes this process gave up, since it could not show them for a day."""


class Health:
    """The health of a process. Available from its start, before the database and the platforms are open."""

    def __init__(self, clock: Clock | None = None, *, seconds: float = 0) -> None:
        """Watch nothing yet. What the database says is asked at most once in so many seconds; the rest is of now."""
        self._clock, self._seconds = clock or SystemClock(), seconds
        self._jobs = AtMost(self._ask_for_jobs, seconds, self._clock)
        self._gateway_trouble = AtMost(self._ask_for_gateway_trouble, seconds, self._clock)
        self._ledger: Ledger | None = None
        self._work: WorkQueue | None = None
        self._gateway: GatewayState | None = None
        self._links: Sequence[Link] = ()
        self._worker: Sequence[Loop] = ()
        self._loops: Sequence[Loop] = ()
        self._undelivered: Callable[[], int] = int
        self._refused: Mapping[str, int] = {}
        self._stores: Mapping[str, Condition] = {}

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
        refused: Mapping[str, int] = MappingProxyType({}),
        stores: Mapping[str, Condition] = MappingProxyType({}),
    ) -> None:
        """Report on these from now on: the database is migrated, the platforms are about to connect.

        `loops` are all loops. If a loop of the `worker` stands still, nothing is drawn; if another one does, something
        is late.
        """
        self._ledger, self._work, self._gateway = ledger, work, gateway
        self._jobs = AtMost(self._ask_for_jobs, self._seconds, self._clock)
        self._gateway_trouble = AtMost(self._ask_for_gateway_trouble, self._seconds, self._clock)
        self._links, self._worker, self._loops = links, worker, loops
        self._undelivered, self._refused, self._stores = undelivered, refused, stores

    async def readiness(self, every_platform: bool = False) -> tuple[bool, Mapping[str, object]]:
        """Return whether commands are accepted and processed on at least one platform, and the details.

        A store counts as broken if its latest write or its latest test failed.

        A platform that is away must not take out of service a process that serves another one. With `every_platform`,
        the answer is true only while all platforms are connected.
        """
        unready = {link.name: link.unready for link in self._links if link.unready}
        failing = {loop.name: loop.failing for loop in self._loops if loop.failing}
        works = not any(loop.name in failing for loop in self._worker)
        readable, trouble_there = await self._gateway_trouble.get()
        platforms = {link.name: link.name not in unready for link in self._links}
        stores = {"database": readable} | {name: store.works for name, store in self._stores.items()}
        details: dict[str, object] = {
            **stores,
            "platforms": platforms,
            "gateway": trouble_there or ("ok" if readable else "unknown"),
        }
        if trouble := {name: store.trouble for name, store in self._stores.items() if store.trouble}:
            details["trouble"] = trouble
        if unready:
            details["unready"] = unready
        if shared := {name: each for name, each in self._sharing().items() if each.others}:
            details["connections"] = {name: {"ours": each.ours, "others": each.others} for name, each in shared.items()}
        if failing:
            details["failing"] = failing
        if self._work and self._work.set_aside:
            details["set_aside"] = self._work.set_aside
        served = all(platforms.values()) if every_platform else any(platforms.values())
        return all(stores.values()) and works and served, details

    async def figures(self) -> Figures:
        """Return the current figures."""
        jobs, waiting_since = await self._jobs.get()
        waited = self._clock.now() - waiting_since if waiting_since else timedelta()
        readable, trouble = (False, None) if jobs is None else await self._gateway_trouble.get()
        return Figures(
            jobs=jobs,
            oldest_waiting=None if jobs is None else max(0.0, waited / timedelta(seconds=1)),
            gateway_up=trouble is None if readable else None,
            connected={link.name: not link.unready for link in self._links},
            sharing=self._sharing(),
            refused=self._refused,
            storage_errors={name: store.failures for name, store in self._stores.items()},
            storage_up={name: store.works for name, store in self._stores.items()},
            working={loop.name: not loop.failing for loop in self._loops},
            set_aside=len(self._work.set_aside) if self._work else 0,
            undelivered=self._undelivered(),
        )

    def _sharing(self) -> Mapping[str, Sharing]:
        return {link.name: sharing for link in self._links if (sharing := link.sharing)}

    async def _ask_for_jobs(self) -> tuple[Mapping[Status, int] | None, datetime | None]:
        if self._ledger is None:
            return None, None
        try:
            return await self._ledger.counts(), await self._ledger.waiting_since()
        except StorageError:
            return None, None

    async def _ask_for_gateway_trouble(self) -> tuple[bool, str | None]:
        """Return whether the database can be read, and why the gateway can't be used, if it can't."""
        if self._gateway is None:
            return False, None
        try:
            if fault := await self._gateway.gateway_down():
                return True, f"out of order: {fault}"
            failing = await self._gateway.outage()
            return True, f"failing: {failing.fault}" if outage.is_on(failing) else None
        except StorageError:
            return False, None
