"""What is shown of a job some of whose images were stored, and are gone or damaged when they are to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.jobs import sentences
from bot.core.jobs.job_reply import for_asker_alone, job_reply
from bot.core.language import speak
from bot.core.model import Job, Status
from bot.core.replies import Picture, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A job, and what is left to show of it: for everybody, and for its asker alone."""

    job: Job
    reply: Reply
    alone: Reply


def without(job: Job, whole: Sequence[Picture]) -> Left:
    """Return a job's outcome with those of its images that are whole, which says that the others were lost."""
    shown = replace(job, status=Status.DELIVERED) if job.status is Status.UNDELIVERED else job
    return Left(job=job, reply=_cut(job, job_reply(shown), whole), alone=_cut(job, for_asker_alone(shown), whole))


def _cut(job: Job, reply: Reply, whole: Sequence[Picture]) -> Reply:
    said = sentences.lost(speak(job.origin.locale), len(reply.pictures) - len(whole))
    return replace(reply, lines=(*reply.lines, said), pictures=tuple(whole))
