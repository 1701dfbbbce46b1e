"""Health: whether the bot can take commands now, and what is in the ledger."""

from collections.abc import Mapping, Sequence

from bot.errors import StorageError
from bot.model import Status
from bot.ports import Adapter, JobRepository


class Health:
    """Answers for a process from its first moment on, before there is a database or a platform to ask."""

    def __init__(self) -> None:
        self._jobs: JobRepository | None = None
        self._adapters: Sequence[Adapter] = ()

    def watch(self, jobs: JobRepository, adapters: Sequence[Adapter]) -> None:
        """Answer for these from now on: the database is migrated, the platforms are about to connect."""
        self._jobs, self._adapters = jobs, adapters

    async def readiness(self) -> tuple[bool, Mapping[str, object]]:
        """Say whether every platform is connected and the database can be read, with the details."""
        connected = {adapter.name: adapter.ready for adapter in self._adapters}
        database, gateway = await self._storage()
        details = {"database": database, "platforms": connected, "gateway": gateway}
        return database and all(connected.values()), details

    async def counts(self) -> Mapping[Status, int]:
        """Count all jobs by status. Raises StorageError."""
        if self._jobs is None:
            raise StorageError("the database is not open yet")
        return await self._jobs.counts()

    async def _storage(self) -> tuple[bool, str]:
        if self._jobs is None:
            return False, "unknown"
        try:
            fault = await self._jobs.out_of_order()
        except StorageError:
            return False, "unknown"
        return True, f"out of order: {fault}" if fault else "ok"
