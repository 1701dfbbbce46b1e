"""Imagine: from a command or a pressed button to an accepted job."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.access import Access
from bot.core.catalogue.catalogue import Catalogue
from bot.core.clock import Clock, Ids
from bot.core.commands.command import Handlers
from bot.core.commands.declared import FLAGS, IMAGINE
from bot.core.commands.flags import read, replaced, to_type
from bot.core.errors import StorageError
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.image import ImageRequest
from bot.core.jobs.found import Found
from bot.core.jobs.held import Held
from bot.core.jobs.job_reply import job_reply
from bot.core.language import speak
from bot.core.ledger import Admission
from bot.core.model import Action, Asked
from bot.core.origin import Origin
from bot.core.queue import Accepted, QueuePosition
from bot.core.refusals import Busy, Refusal
from bot.core.replies import Answer, Form
from bot.core.retry import Retry
from bot.core.rules import permissions
from bot.core.rules.admission import NewJob
from bot.core.rules.limits import QuotaPolicy
from bot.core.tasks import Tasks
from bot.core.visible import is_blank

logger = logging.getLogger(__name__)

# Chat platforms allow 3 seconds to acknowledge; 1 second of them is left for the network.
ACCEPT_SECONDS = 2.0
# No worker takes a job until its user sees the queued reply, or for this long if the process dies before that.
HOLD = timedelta(seconds=15)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Imagine:
    """Makes all checks that are possible before anything is spent, then puts the job into the ledger."""

    admission: Admission
    found: Found
    catalogue: Catalogue
    policy: QuotaPolicy
    clock: Clock
    tasks: Tasks
    retry: Retry
    max_running: int
    access: Mapping[str, Access]
    """The people who may draw, by platform."""
    watch: Callable[[str, QueuePosition], None]
    """Is told which job waits at which position."""
    held: Held = field(default_factory=Held)
    """The accepted jobs that their users are about to see, and that may be sent then."""
    ids: Ids = field(default_factory=Ids)
    store_away: Callable[[], bool] = lambda: False
    """Whether images can't be stored, and it will take a while."""
    test_pictures: bool = False
    """Whether what it accepts is drawn by the bot itself, and counts for nothing."""
    accept_seconds: float = ACCEPT_SECONDS
    """The longest time in which a job is accepted."""
    accepting: bool = True
    """Whether new jobs are accepted: not once the bot shuts down."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={IMAGINE: self.accept}, buttons={Action.AGAIN: self.again, Action.EDIT: self.edit})

    async def accept(self, event: CommandEvent) -> Answer:
        """Accept the request, and return the queued reply. Raises UsageError, Refusal."""
        chosen = {name: value for name, value in event.options.items() if name != "prompt"}
        options = read(event.text or event.options.get("prompt", ""), chosen, FLAGS)
        return await self._enqueue(event, self.catalogue.resolve(options), options)

    async def again(self, event: ButtonEvent) -> Answer:
        """Accept an earlier job's request again, for the user who pressed.

        With another prompt, if the event has one; flags in it, and what was chosen beside it, take the place of the
        earlier options.
        """
        earlier = await self.found.job(event.argument, event.origin)
        typed = {} if event.prompt is None else read(event.prompt, event.options, FLAGS)
        taken_back = [name for name, value in event.options.items() if is_blank(value)]
        options = replaced({**earlier.options, "prompt": earlier.request.prompt}, typed, taken_back)
        # Earlier options for another model, or for one that has changed, may no longer fit. Options that are typed now
        # have to.
        request = self.catalogue.fit(options, keep=typed)
        return await self._enqueue(event, request, options, parent=earlier.id)

    async def edit(self, event: ButtonEvent) -> Answer:
        """Return the form that asks for another prompt."""
        earlier = await self.found.job(event.argument, event.origin)
        if refusal := self.barred(event.origin):
            raise refusal
        texts = speak(event.origin.locale)
        return Answer(
            form=Form(
                title=texts.label("Edit prompt"),
                label=texts.label("Prompt"),
                submit=texts.label("Draw"),
                prompt=to_type(earlier.request.prompt, FLAGS),
                job=earlier.id,
                options=earlier.options,
            )
        )

    async def _enqueue(
        self, event: Event, request: ImageRequest, options: Mapping[str, str], parent: str | None = None
    ) -> Answer:
        typed = {name: value for name, value in options.items() if name != "prompt"}
        asked = Asked(model=request.model, options=typed, test=self.test_pictures)
        job_id = self.ids.new(self.clock.now())
        new = NewJob(id=job_id, origin=event.origin, request=request, asked=asked, parent=parent)
        accepted = await self._accepted(new)
        if not accepted.has_to_wait:
            self.held.add(accepted.job)
        self.watch(new.id, accepted.position)
        return Answer(reply=job_reply(accepted.job, accepted.position), job=new.id)

    async def _accepted(self, new: NewJob) -> Accepted:
        limits = self.policy.limits(
            self.clock.now(),
            self._access(new.origin),
            shutting_down=not self.accepting,
            store_away=self.store_away(),
        )
        try:
            async with asyncio.timeout(self.accept_seconds):
                return await self.admission.accept(new, limits, hold=HOLD, max_running=self.max_running)
        except (TimeoutError, StorageError) as error:
            # It may have been inserted nevertheless: make sure that it is withdrawn.
            self.tasks.spawn(self.withdraw(new.id), f"withdraw {new.id}")
            raise Busy from error

    def barred(self, origin: Origin) -> Refusal | None:
        """Return why someone may not draw in a place, or None if they may."""
        return permissions.barred(origin.facts, self._access(origin))

    def _access(self, origin: Origin) -> Access:
        return self.access.get(origin.address.platform, Access())

    async def withdraw(self, job_id: str) -> None:
        """Withdraw a job that its user can't see: nothing is generated, nothing charged."""
        self.held.take(job_id)
        try:
            withdrawn = await self.retry.write(lambda: self.admission.withdraw(job_id))
        except StorageError as error:
            logger.warning("could not withdraw job %s: %s", job_id, error)
        else:
            logger.info("job %s withdrawn: %s", job_id, withdrawn)
