"""The jobs that a process found but can't read: other processes may be able to."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.core.clock import Clock
from bot.core.refusals import UnreadableJob
from storage.database.database import Database
from storage.database.liveness import Liveness
from storage.ledger import leases

logger = logging.getLogger(__name__)


class SetAside:
    """The jobs that this process can't read. They are left to other processes for `lease` at least."""

    def __init__(self, database: Database, liveness: Liveness, clock: Clock, lease: timedelta) -> None:
        self._database, self._liveness, self._clock, self._lease = database, liveness, clock, lease
        self._since: dict[str, float] = {}
        """For each job, the time of the steady clock since which no other process is known to be alive."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of these jobs, in order."""
        return sorted(self._since)

    def add(self, error: UnreadableJob) -> None:
        """Leave a job to other processes."""
        self._since[error.job] = self._clock.steady()
        cause = type(error.__cause__).__name__  # its message may quote the prompt
        logger.error("job %s can't be read (%s): it is left to a release that can", error.job, cause)

    async def look(self, owner: str) -> None:
        """Forget jobs that others finished. End those that waited a whole lease with no process alive but `owner`."""
        if not self._since:
            return
        aside = frozenset(self._since)
        waiting = await self._database.read(lambda connection: leases.unfinished(connection, aside))
        self._since = {job_id: since for job_id, since in self._since.items() if job_id in waiting}
        now, lease = self._clock.steady(), self._lease.total_seconds()
        old = frozenset(job_id for job_id, since in self._since.items() if now - since >= lease)
        if not old:
            return
        if not await self._liveness.is_alone(owner):
            self._since.update(dict.fromkeys(old, now))  # another live process may be able to read them
            return
        given_up = await self._database.write(lambda connection: leases.give_up(connection, old, self._clock.now()))
        for job_id in given_up:
            logger.error(
                "job %s can't be read by any process that lives: it ends unknown, its asker isn't told", job_id
            )
