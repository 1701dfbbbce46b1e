"""The jobs that are held until their users see the queued reply, and may be sent then."""

from bot.core.model import Job

_MOST = 1000


class Held:
    """The held jobs of this process. A job that is missing here starts one commit later."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        """Keep a job. If there are too many, the oldest goes: its chat may never confirm it."""
        self._jobs[job.id] = job
        if len(self._jobs) > _MOST:
            del self._jobs[next(iter(self._jobs))]

    def take(self, job_id: str) -> Job | None:
        """Return a job and forget it; None if it isn't here."""
        return self._jobs.pop(job_id, None)
