"""History: a user's jobs, newest first, page by page, or those with some words; and showing one of them again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.commands.command import Handlers
from bot.core.commands.declared import HISTORY, SEARCH
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.jobs import sentences
from bot.core.jobs.found import Found
from bot.core.jobs.job_reply import job_reply, pictures
from bot.core.jobs.told import as_it_is
from bot.core.language import Language, speak
from bot.core.language.labels import ACTIONS
from bot.core.ledger import Ledger
from bot.core.model import Action, HistoryPage, Job, Status
from bot.core.replies import Answer, Button, Entry, Line, Link, Placement, Reply, Strong, Timestamp, Typed, UserText
from bot.core.visible import visible

PAGE_SIZE = 4
# With a cursor they are the argument of a button, which is short.
_MOST_SEARCHED = 30


def searched(typed: str) -> str:
    """Return the words to look for, in what somebody typed: no more than a button, and a database's query, can hold."""
    return " ".join(visible(typed).split())[:_MOST_SEARCHED].rstrip()


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class History:
    """Answers `/history` and its buttons. Only the user sees the answers."""

    ledger: Ledger
    found: Found
    told: Callable[[Job], Awaitable[Job]] = as_it_is
    """Returns the job with what is told of it and isn't stored."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={HISTORY: self.newest}, buttons={Action.PAGE: self.turned, Action.SHOW: self.show})

    async def newest(self, event: CommandEvent) -> Answer:
        """Return the first page of the user's jobs, or of the jobs with the typed words."""
        return await self._page(event, Placement.PRIVATE, words=searched(event.options.get(SEARCH) or event.text))

    async def turned(self, event: ButtonEvent) -> Answer:
        """Return the page of the user's jobs that the button leads to."""
        cursor, _, words = event.argument.partition(" ")
        return await self._page(event, Placement.IN_PLACE, cursor, searched(words))

    async def show(self, event: ButtonEvent) -> Answer:
        """Return one of the user's jobs in its current state, with its images, for this user only.

        Lists of earlier releases have a button for it; today's lists show the images to everybody.
        """
        job = await self.told(await self.found.own(event.argument, event.origin.user))
        reply = job_reply(job, locale=event.origin.locale)
        return Answer(reply=reply, placement=Placement.PRIVATE)

    async def _page(self, event: Event, placement: Placement, cursor: str | None = None, words: str = "") -> Answer:
        sought = tuple(words.split())
        page = await self.ledger.history(event.origin.user.id, size=PAGE_SIZE, cursor=cursor, words=sought)
        reply = _listed(page, words, speak(event.origin.locale))
        return Answer(reply=reply, placement=placement)


def _listed(page: HistoryPage, words: str, texts: Language) -> Reply:
    if not page.jobs and not words:
        return Reply(lines=(_nothing(texts),))
    if not page.jobs:
        line = texts.say("None of your images has these words in its prompt: {words}", words=UserText(words))
        return Reply(lines=(line,), search=words)
    images = Strong(texts.label("Your images"))
    if words:
        line = texts.say("{images} with these words, newest first: {words}", images=images, words=UserText(words))
    else:
        line = texts.say("{images}, newest first.", images=images)
    return Reply(
        lines=(line,),
        entries=tuple(_entry(job, texts) for job in page.jobs),
        newer=_turning(page.newer, words, texts.label("Newer")),
        older=_turning(page.older, words, texts.label("Older")),
        search=words,
    )


def _entry(job: Job, texts: Language) -> Entry:
    again = () if job.status in {Status.QUEUED, Status.GENERATING} else (Action.AGAIN,)
    actions = (Action.SHOW_HERE, *again, Action.DELETE) if job.images else again
    buttons = tuple(entry_button(action, job, texts) for action in actions)
    return Entry(lines=_lines(job, texts), pictures=pictures(job, texts), buttons=buttons, job=job)


def entry_button(action: Action, job: Job, texts: Language) -> Button:
    """Return a button of one item of a list. Its label names the item for people who can't see where it is."""
    label = texts.label(ACTIONS[action])
    spoken = texts.label("{button}: {prompt}", button=label, prompt=sentences.shorten(job.request.prompt))
    return Button(action=action, argument=job.id, label=label, spoken=spoken)


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
        (texts.moment(Timestamp(job.created_at)), " · ", *sentences.made_with(job), *where, *link, f" · {status}"),
    )


def _turning(cursor: str | None, words: str, label: str) -> Button | None:
    argument = f"{cursor} {words}".rstrip()
    return Button(action=Action.PAGE, argument=argument, label=label) if cursor else None
