"""The first message of a job. The job may start once people see it, or once nobody can say whether they do."""

import logging
from collections.abc import Awaitable, Callable

from bot.core.errors import StorageError
from bot.core.jobs.held import Held
from bot.core.jobs.progress import Shown
from bot.core.ledger import Admission, Ledger
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.refusals import UnreadableJob
from bot.core.retry import Retry

logger = logging.getLogger(__name__)


class Confirming:
    """Ends the hold of accepted jobs, and stores where they are shown."""

    def __init__(
        self,
        *,
        held: Held,
        admission: Admission,
        ledger: Ledger,
        retry: Retry,
        shown: dict[str, Shown],
        begin: Callable[[Job, Address | None], Awaitable[bool]],
    ) -> None:
        self._held, self._admission, self._ledger, self._retry = held, admission, ledger, retry
        self._shown, self._begin = shown, begin

    async def confirm(self, job_id: str, address: Address) -> bool:
        """Store where a job is shown, and let it start. Return whether that message shows it; another one does if not.

        Never raises: a hold ends by itself, and the job then starts with the address that it was accepted with.
        """
        # It may be cancelled before its address is stored. Then its message has to say so.
        self._shown[job_id] = shown = Shown(address)
        try:
            return await self._started(job_id, shown) or shown.is_taken or await self._is_shown(job_id, address)
        except (StorageError, UnreadableJob) as error:
            logger.warning("could not keep where job %s is shown: %s", job_id, error)
            return True
        finally:
            if self._shown.get(job_id) is shown:
                del self._shown[job_id]

    async def start(self, job_id: str) -> bool:
        """Let a job start with the address that is known of it. Return False if it has ended or begun. Never raises."""
        try:
            return await self._started(job_id)
        except StorageError as error:
            logger.warning("could not let job %s start: %s", job_id, error)
            return True

    async def _started(self, job_id: str, shown: Shown | None = None) -> bool:
        """End a job's hold, and store where it is shown, if that is known. False if somebody else has ended it."""
        job, address = self._held.take(job_id), shown.address if shown else None
        if job is not None and await self._begin(job, address):
            return True
        if shown:
            self._shown[job_id] = shown  # an attempt to begin the job removes the entry when it ends
        return await self._retry.write(lambda: self._admission.confirm(job_id, address))

    async def _is_shown(self, job_id: str, address: Address) -> bool:
        job = await self._ledger.get(job_id)
        return job is not None and job.origin.address.has(address)
