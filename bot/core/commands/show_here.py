"""Show here: post the images of one's own job for everybody where the button is pressed."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.chat import Abilities, Messenger, Verb
from bot.core.clock import Clock
from bot.core.commands.command import Handlers
from bot.core.copies import Copy
from bot.core.errors import BotError, DeliveryError, FilesRefused, PicturesGone, StorageError
from bot.core.events import ButtonEvent
from bot.core.jobs.copying import Copying
from bot.core.jobs.found import Found
from bot.core.jobs.job_reply import job_reply
from bot.core.jobs.told import as_it_is
from bot.core.language import Language, speak
from bot.core.language.channels import not_shown_here, not_shown_now, shown_to_all, takes_no_files
from bot.core.language.refusals import refusal
from bot.core.model import Action, Job, Status
from bot.core.origin import Address, Origin
from bot.core.refusals import Busy, Duplicate, ImagesNotKept, NoImagesFromYou, Refusal
from bot.core.replies import Answer, Line, Placement, Reply

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class ShowHere:
    """Answers the button Show here, below an entry of the history."""

    found: Found
    messengers: Mapping[str, Messenger]
    copying: Copying
    clock: Clock
    barred: Callable[[Origin], Refusal | None]
    """Says why somebody may not let the bot draw there."""
    has_any: Callable[[Sequence[str]], Awaitable[bool]]
    """Says whether any of these images is still stored."""
    told: Callable[[Job], Awaitable[Job]] = as_it_is
    """Returns the job with the facts that people read and that aren't stored."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.SHOW_HERE: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Let the images be posted; ask first, if they were for their asker alone.

        Raises JobNotFound, ImagesNotKept, and the reason why this user may show no images there.
        """
        by = event.origin
        job = await self.found.own(event.argument, by.user)
        if not job.images or not await self.has_any([image.key for image in job.images]):
            raise ImagesNotKept
        if Verb.PUBLISH not in self._abilities(by).verbs:  # nobody else is there
            return Answer(reply=await self._reply(job, by), placement=Placement.PRIVATE)
        if barred := self.barred(by):
            raise barred
        if not by.facts.posts_images:
            raise NoImagesFromYou
        was, here = self._abilities(job.origin), self._abilities(by)
        if (was.alone or was.direct) and not here.direct and not event.confirmed:
            return Answer(confirmation=shown_to_all(speak(by.locale), job.id))
        return Answer(copied=job)

    async def carry_out(self, job: Job, by: Origin) -> Answer:
        """Post the images there; return what to tell this user alone if that can't be, or nothing."""
        texts, where = speak(by.locale), by.conversation
        copy = Copy(id=by.key, at=self.clock.now(), conversation=where.id, channel=where.channel, address=by.address)
        try:
            await self.copying.show(job.id, await self._reply(job, by), copy)
        except Duplicate:
            return Answer()
        except Refusal as error:
            return _refused(refusal(texts, error), error)
        except StorageError as error:
            return _refused(refusal(texts, Busy()), error)
        except BotError as error:
            logger.warning("job %s is not shown in %s: %s", job.id, where.id, error)
            return _refused(_why_not(texts, error), error)
        return Answer()

    async def directly(self, reply: Reply, address: Address) -> Address:
        """Send images of a job to their asker alone, and return where they are.

        Raises Refusal, StorageError, DeliveryError.
        """
        now = self.clock.now()
        copy = Copy(id=f"direct {now.isoformat()}", at=now, address=address)
        return await self.copying.show(reply.pictures[0].job, reply, copy)

    def left_by(self, job: Job) -> Copy | None:
        """Return what still shows a job once it is shown elsewhere, if that can be reached."""
        address, now = replace(job.origin.address, tokens={}), self.clock.now()
        if Verb.DELETE not in self.messengers[address.platform].abilities(address).verbs:
            return None
        return Copy(id=f"left {now.isoformat()}", at=now, address=address)

    async def _reply(self, job: Job, by: Origin) -> Reply:
        status = Status.DELIVERED if job.status is Status.UNDELIVERED else job.status
        return job_reply(replace(await self.told(job), status=status), locale=by.locale)

    def _abilities(self, where: Origin) -> Abilities:
        return self.messengers[where.address.platform].abilities(where.address)


def _why_not(texts: Language, error: BotError) -> Line:
    match error:
        case FilesRefused(code=code):
            return takes_no_files(texts, code)
        case PicturesGone():
            return refusal(texts, ImagesNotKept())
        case DeliveryError(permanent=True):
            return not_shown_here(texts)
        case _:
            return not_shown_now(texts)


def _refused(line: Line, error: BotError) -> Answer:
    return Answer(reply=Reply(lines=(line,)), placement=Placement.PRIVATE, refused=True, error=error)
