"""The jobs that may be sent as soon as their users see the queued reply, and are held until then."""

from bot.core.model import Job

_MOST = 1000


class Held:
    """Those of this process. What is lost of it costs a commit, nothing else."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        """Keep a job, instead of the oldest if there are too many: a chat may never have confirmed it."""
        self._jobs[job.id] = job
        if len(self._jobs) > _MOST:
            del self._jobs[next(iter(self._jobs))]

    def take(self, job_id: str) -> Job | None:
        """Return a job, and keep it no longer; None if it isn't here."""
        return self._jobs.pop(job_id, None)
