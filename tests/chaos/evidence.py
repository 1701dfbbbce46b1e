"""Evidence: the state once everything has settled, in the ledger, at the gateway and in people's messages."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.core.model import Job, Status, Usage
from tests.chaos.schedule import Schedule
from tests.fakes.driver import Seen

MADE = (Status.DELIVERED, Status.UNDELIVERED)
WITH_IMAGES = (*MADE, Status.STOPPED)
"""A stopped job may have some: it counts as far as it was sent, and what was made is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Of one schedule. `seen`, `said` (the answer to /quota) and `used` go by person, the gateway's account by tag."""

    schedule: Schedule
    jobs: tuple[Job, ...]
    stored: Mapping[str, bytes]
    sent: Mapping[str, int]
    billed: Mapping[str, int]
    made: Mapping[str, list[bytes]]
    seen: Mapping[str, list[Seen]]
    said: Mapping[str, str]
    used: Mapping[str, Usage]
    failed_openly: Collection[str]
    restarted: bool
    """Whether a bot was stopped with no grace while people used it."""

    def of(self, tag: str) -> list[Job]:
        """Return the jobs of one ask, and of the presses of Again on it."""
        return [job for job in self.jobs if tag in job.request.prompt]

    def messages(self, tag: str = "") -> Iterator[Seen]:
        """Return every message that anybody sees, once, about one ask or about all."""
        met = set()
        for person, messages in self.seen.items():
            for seen in messages:
                name = (seen.id, person if seen.private else "")
                if tag in seen.text and name not in met:
                    met.add(name)
                    yield seen


def was_shown(job: Job) -> bool:
    """Whether there is something to be seen of it: a job that was taken back before any worker had it left no trace."""
    return job.status is not Status.CANCELLED or job.attempt > 0


def charged(job: Job) -> int:
    """Return what a job counts for its asker, by the table of docs/architecture.md."""
    if job.status in MADE:
        return len(job.images)
    return job.sent if job.status is Status.STOPPED else 0


def in_doubt(job: Job) -> int:
    """Return of how many images of a job nobody can say whether they were billed, by the same table."""
    if job.status is Status.UNKNOWN:
        return job.sent
    return job.sent - len(job.images) if job.status in MADE and job.fault and job.fault.uncertain else 0


def is_notice(seen: Seen) -> bool:
    """Whether a message says that there is an outcome, to somebody who waited for long."""
    return "Your images are ready." in seen.text or "Your images could not be drawn." in seen.text


def kind_of(seen: Seen) -> str:
    """Return what a message tells, by the words that people read."""
    words = {
        "I sent you the images": "pointer",
        "I couldn't show them here. Find them": Status.UNDELIVERED,
        "Cancelled while waiting": Status.CANCELLED,
        "had already been sent": Status.STOPPED,
        "Stopped before it was sent": Status.STOPPED,
        "Press Again to try once more": Status.UNKNOWN,  # whether it counts or not
        "Nothing was charged": Status.FAILED,
        "It doesn't count against your quota": Status.FAILED,
    }
    otherwise = Status.DELIVERED if seen.images else "in progress"
    return next((kind for said, kind in words.items() if said in seen.text), otherwise)
