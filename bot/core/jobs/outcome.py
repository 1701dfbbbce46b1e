"""A job's outcome as it is shown: for everybody, for its asker alone, and in words where its images can't be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.errors import DeliveryError, FilesRefused, PicturesGone
from bot.core.jobs import sentences
from bot.core.jobs.job_reply import for_asker_alone, job_reply, without_pictures
from bot.core.language import speak
from bot.core.language.channels import files_refused, pictures_missing, undelivered
from bot.core.model import Job, Status
from bot.core.replies import Picture, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A job, and what is to be shown of it."""

    job: Job
    reply: Reply

    @property
    def alone(self) -> Reply:
        """What is shown to its asker alone: of a few outcomes, so it is made when it is asked for."""
        return for_asker_alone(_as_shown(self.job), self.reply)

    def with_only(self, whole: Sequence[Picture]) -> "Outcome":
        """Return the outcome with only these images, which says that the others were lost."""
        lost = sentences.lost(speak(self.job.origin.locale), len(self.reply.pictures) - len(whole))
        return replace(self, reply=replace(self.reply, lines=(*self.reply.lines, lost), pictures=tuple(whole)))


def outcome_of(job: Job) -> Outcome:
    """Return the outcome of a job."""
    return Outcome(job=job, reply=job_reply(_as_shown(job)))


def in_words(job: Job, error: DeliveryError) -> Reply:
    """Return the reply that says why the images of a job can't be shown, without them."""
    texts = speak(job.origin.locale)
    match error:
        case FilesRefused(code=code):
            return without_pictures(job, files_refused(texts, code))
        case PicturesGone():
            return without_pictures(job, pictures_missing(texts))
        case _:
            return without_pictures(job, undelivered(texts))


def _as_shown(job: Job) -> Job:
    """Return the job as a message shows it: an undelivered one as delivered, since this try may succeed."""
    return replace(job, status=Status.DELIVERED) if job.status is Status.UNDELIVERED else job
