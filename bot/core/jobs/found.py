"""Looks up the job whose button somebody pressed, if they may know of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.chat import Messenger
from bot.core.ledger import Ledger
from bot.core.model import Job
from bot.core.origin import Origin, User
from bot.core.refusals import JobNotFound
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Found:
    """Answers the same for a job that never existed, one that was deleted, and one that only somebody else sees."""

    ledger: Ledger
    messengers: Mapping[str, Messenger]

    async def job(self, job_id: str, by: Origin) -> Job:
        """Return a job that this user may know of. Raises JobNotFound, StorageError."""
        job = await self.ledger.get(job_id)
        if job is None or not permissions.may_reuse(job, by, alone=self._is_alone(job)):
            raise JobNotFound
        return job

    async def own(self, job_id: str, user: User) -> Job:
        """Return a job that this user asked for. Raises JobNotFound, also for another user's job; StorageError."""
        job = await self.ledger.get(job_id)
        if job is None or not permissions.may_see(job, user):
            raise JobNotFound
        return job

    def _is_alone(self, job: Job) -> bool:
        address = job.origin.address
        messenger = self.messengers.get(address.platform)
        return messenger is not None and messenger.abilities(address).alone
