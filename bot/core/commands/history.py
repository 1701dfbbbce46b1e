"""History: a user's jobs, newest first, page by page; and showing one of them again."""

from dataclasses import dataclass

from bot.core.commands.command import Command, Handlers
from bot.core.errors import JobNotFound
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.jobs.job_reply import job_reply, pictures
from bot.core.language import Language, speak
from bot.core.model import Action, Job, Status, User
from bot.core.ports import Ledger
from bot.core.replies import Answer, Button, Entry, Placement, Reply
from bot.core.rules import permissions

HISTORY = Command(name="history")
PAGE_SIZE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Answers `/history` and its buttons. Only the user sees the answers."""

    ledger: Ledger

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
        reply = job_reply(await self.own(event.argument, event.origin.user))
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
            return Answer(reply=Reply(lines=(texts.no_history(),)), placement=placement)
        reply = Reply(
            lines=(texts.history_title(),),
            entries=tuple(_entry(job, texts) for job in page.jobs),
            newer=_turning(page.newer, texts.newer),
            older=_turning(page.older, texts.older),
        )
        return Answer(reply=reply, placement=placement)


def _entry(job: Job, texts: Language) -> Entry:
    show = (Action.SHOW,) if job.images else ()
    again = () if job.status in {Status.QUEUED, Status.GENERATING} else (Action.AGAIN,)
    actions = (*show, *again)
    buttons = tuple(Button(action=action, argument=job.id, label=texts.actions[action]) for action in actions)
    return Entry(lines=texts.history_entry(job), pictures=pictures(job), buttons=buttons, job=job)


def _turning(cursor: str | None, label: str) -> Button | None:
    return Button(action=Action.PAGE, argument=cursor, label=label) if cursor else None
