"""History: a user's jobs, newest first, page by page; and showing one of them again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.commands.command import Command, Handlers
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.jobs import sentences
from bot.core.jobs.doubts import as_it_is
from bot.core.jobs.job_reply import job_reply, pictures
from bot.core.language import Language, speak
from bot.core.language.labels import ACTIONS
from bot.core.ledger import Ledger
from bot.core.message import marked
from bot.core.model import Action, Job, Status
from bot.core.origin import User
from bot.core.refusals import JobNotFound
from bot.core.replies import Answer, Button, Entry, Line, Link, Placement, Reply, Strong, Timestamp, Typed, UserText
from bot.core.rules import permissions

HISTORY = Command(name="history", description=marked("See what was drawn for you"))
PAGE_SIZE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Answers `/history` and its buttons. Only the user sees the answers."""

    ledger: Ledger
    settled: Callable[[Job], Awaitable[Job]] = as_it_is
    """Returns the job with what counts of its doubt."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={HISTORY: self.newest}, buttons={Action.PAGE: self.turned, Action.SHOW: self.show})

    async def newest(self, event: CommandEvent) -> Answer:
        """Return the first page of the user's jobs."""
        return await self._page(event, Placement.PRIVATE)

    async def turned(self, event: ButtonEvent) -> Answer:
        """Return the page of the user's jobs that the button leads to."""
        return await self._page(event, Placement.IN_PLACE, event.argument)

    async def show(self, event: ButtonEvent) -> Answer:
        """Return one of the user's jobs in its current state, with its images, for this user only."""
        job = await self.settled(await self.own(event.argument, event.origin.user))
        reply = job_reply(job, locale=event.origin.locale)
        return Answer(reply=reply, placement=Placement.PRIVATE)

    async def own(self, job_id: str, user: User) -> Job:
        """Return a job of this user. Raises JobNotFound for another user's job."""
        job = await self.ledger.get(job_id)
        if job is None or not permissions.may_see(job, user):
            raise JobNotFound
        return job

    async def _page(self, event: Event, placement: Placement, cursor: str | None = None) -> Answer:
        page = await self.ledger.history(event.origin.user.id, size=PAGE_SIZE, cursor=cursor)
        texts = speak(event.origin.locale)
        if not page.jobs:
            return Answer(reply=Reply(lines=(_nothing(texts),)), placement=placement)
        reply = Reply(
            lines=(texts.say("{images}, newest first.", images=Strong(texts.label("Your images"))),),
            entries=tuple(_entry(job, texts) for job in page.jobs),
            newer=_turning(page.newer, texts.label("Newer")),
            older=_turning(page.older, texts.label("Older")),
        )
        return Answer(reply=reply, placement=placement)


def _entry(job: Job, texts: Language) -> Entry:
    show = (Action.SHOW,) if job.images else ()
    again = () if job.status in {Status.QUEUED, Status.GENERATING} else (Action.AGAIN,)
    actions = (*show, *again)
    buttons = tuple(Button(action=action, argument=job.id, label=texts.label(ACTIONS[action])) for action in actions)
    return Entry(lines=_lines(job, texts), pictures=pictures(job, texts), buttons=buttons, job=job)


def _nothing(texts: Language) -> Line:
    example = Typed.of("imagine", texts.label("a paper boat at dusk"))
    return texts.say("Nothing has been drawn for you yet. Try {example}.", example=example)


def _lines(job: Job, texts: Language) -> tuple[Line, ...]:
    name, url = job.origin.conversation.name, job.origin.address.link
    where: Line = (" · ", UserText(name)) if name else ()
    link: Line = (" · ", Link(texts.label("posted here"), url)) if url else ()
    status = texts.label(sentences.STATUSES[job.status])
    return (
        (UserText(sentences.shorten(job.request.prompt)),),
        (Timestamp(job.created_at), " · ", *sentences.made_with(job), *where, *link, f" · {status}"),
    )


def _turning(cursor: str | None, label: str) -> Button | None:
    return Button(action=Action.PAGE, argument=cursor, label=label) if cursor else None
