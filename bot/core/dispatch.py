"""The bot's single entry point: it receives every event and turns every error into a reply."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.catalogue.catalogue import Catalogue
from bot.core.commands import IMAGINE
from bot.core.commands.command import UseCase
from bot.core.commands.delete import Delete
from bot.core.commands.history import History
from bot.core.commands.imagine import Imagine
from bot.core.commands.quota import Quota
from bot.core.commands.show import Show
from bot.core.commands.show_here import ShowHere
from bot.core.commands.suggestions import Suggestions
from bot.core.commands.whole_text import command_in
from bot.core.errors import BotError, StorageError
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.image import Offer
from bot.core.jobs.confirming import Confirming
from bot.core.jobs.found import Found
from bot.core.jobs.job_reply import job_reply
from bot.core.language import prepare, speak
from bot.core.language.refusals import refusal
from bot.core.ledger import Admission, Ledger, People
from bot.core.model import Job, Status, Usage
from bot.core.origin import Address, Origin, Profile, User
from bot.core.precedence import Precedence
from bot.core.refusals import Busy, Duplicate, Refusal, UnclearAction, UnknownCommand, UsageError
from bot.core.refused import Refused
from bot.core.replies import Answer, Deletion, Line, Placement, Reply

logger = logging.getLogger(__name__)


class Bot:
    """The interface that adapters call."""

    def __init__(
        self,
        *,
        found: Found,
        imagine: Imagine,
        quota: Quota,
        history: History,
        show: Show,
        delete: Delete,
        show_here: ShowHere,
        others: Sequence[UseCase],
        catalogue: Catalogue,
        suggestions: Suggestions,
        admission: Admission,
        ledger: Ledger,
        people: People,
        confirming: Confirming,
        max_running: int,
        precedence: Precedence,
    ) -> None:
        self._imagine, self._quota, self._history, self._delete = imagine, quota, history, delete
        self._show, self._show_here = show, show_here
        self._catalogue, self._admission, self._ledger = catalogue, admission, ledger
        self._suggestions = suggestions
        self._people, self._confirming, self._max_running = people, confirming, max_running
        self._found, self._precedence = found, precedence
        self.refused = Refused()
        use_cases: Sequence[UseCase] = (imagine, quota, history, show, delete, show_here, *others)
        answered = [use_case.handlers() for use_case in use_cases]
        self._commands = {command.name: handle for each in answered for command, handle in each.commands.items()}
        self._buttons = {action: handle for each in answered for action, handle in each.buttons.items()}

    def stop_accepting(self) -> None:
        """Refuse new jobs from now on."""
        self._imagine.accepting = False

    async def dispatch(self, event: Event) -> Answer:
        """Route an event to its use case. Never raises: every error becomes an answer."""
        with self._precedence.of_a_command():
            answer = await self._answer(event)
        if answer.refused and answer.error:
            self.refused.count(answer.error)
        return answer

    def not_allowed(self, event: Event) -> Answer | None:
        """Return the refusal for someone who may not draw there, before a form is opened for them; None if they may."""
        error = self._imagine.barred(event.origin)
        if error is None:
            return None
        self.refused.count(error)
        return _refused(event, error)

    async def confirm(self, job_id: str, address: Address) -> bool:
        """Store the `address` where the queued reply is visible; the job starts now, or once it has a place.

        Return whether that message shows the job. If not, another one does, or will: somebody ended it, or began it.
        """
        return await self._confirming.confirm(job_id, address)

    async def start(self, job_id: str) -> bool:
        """Let a job start whose queued reply may or may not be visible. False if it has ended or begun."""
        return await self._confirming.start(job_id)

    async def withdraw(self, job_id: str) -> None:
        """Withdraw a job whose queued reply the platform refused: nothing is generated, nothing charged."""
        await self._imagine.withdraw(job_id)

    async def bring_up_to_date(self, job: Job, address: Address, *, leaves: bool = False) -> None:
        """Show an ended job's outcome at `address` once more: the message there is out of date.

        `leaves` says whether it is shown by another message, which stays.
        """
        try:
            left = self._show_here.left_by(job) if leaves else None
            reopened = await self._admission.reopen(job.id, address, left=left)
        except StorageError as error:
            logger.warning("the message of job %s stays out of date: %s", job.id, error)
        else:
            logger.info("job %s: its message is brought up to date: %s", job.id, reopened)

    async def share(self, job: Job, address: Address) -> Reply | None:
        """Let everybody see at `address` what only the asker sees. Return the refusal if that isn't possible now."""
        try:
            left = self._show_here.left_by(job)
            if await self._admission.reopen(job.id, address, instead_of=job.origin.address, left=left):
                return None
        except StorageError as error:
            logger.warning("job %s is not shared: %s", job.id, error)
        self.refused.count(busy := Busy())
        return Reply(lines=(refusal(speak(job.origin.locale), busy),))

    async def show_here(self, job: Job, by: Origin) -> Answer:
        """Show a job's images to everybody where its asker pressed, or return what to tell the asker alone."""
        answer = await self._show_here.carry_out(job, by)
        if isinstance(answer.error, Refusal):
            self.refused.count(answer.error)
        return answer

    async def show_directly(self, reply: Reply, address: Address) -> Address:
        """Send images of a job to their asker alone, so that they are deleted with it.

        Raises Refusal, StorageError, DeliveryError.
        """
        return await self._show_here.directly(reply, address)

    async def delete(self, deletion: Deletion, at: Address | None = None) -> Answer:
        """Delete what was confirmed, and return what to say of it where the message doesn't vanish.

        `at` is where the pressed message can be reached just now, if it is the one that shows the job.
        """
        return await self._delete.carry_out(deletion, at)

    async def job(self, job_id: str, user: User) -> Job:
        """Return one of this user's jobs. Raises JobNotFound, StorageError."""
        return await self._found.own(job_id, user)

    async def look(self, typed: str, user: User, locale: str) -> tuple[Job, Reply]:
        """Return the job of this user that a typed number or id means, and the reply that shows it to them alone.

        Raises NoSuchImage, StorageError.
        """
        await prepare(locale)
        job, position = await self._show.with_place(typed, user, self._max_running)
        return job, job_reply(await self._history.told(job), position, locale=locale)

    async def own_images(self, typed: str, user: User) -> Mapping[str, str]:
        """Return the ids of this user's jobs that fit what is typed, each with what to call it, as far as is known."""
        try:
            return await self._show.suggested(typed, user)
        except (StorageError, Refusal):
            return {}

    async def reply(self, job: Job, locale: str) -> Reply:
        """Return the reply that shows a job to a reader who sees it alone, in their language. Raises StorageError."""
        await prepare(locale)
        position = None
        if job.status is Status.QUEUED:
            position = await self._ledger.queue_position(job.id, max_running=self._max_running)
        return job_reply(await self._history.told(job), position, locale=locale)

    async def usage(self, user: User) -> Usage:
        """Return what the user has used in the current period. Raises StorageError."""
        return await self._quota.usage(user)

    async def known(self, user_id: str) -> Profile | None:
        """Return what is known about a user, or None if nothing is. Raises StorageError."""
        return await self._people.known(user_id)

    async def remember(self, user_id: str, *, name: str, locale: str, asked: datetime) -> None:
        """Store what the platform said of a user at `asked`: after what they ask for is. Raises StorageError."""
        await self._precedence.come_after()
        await self._people.remember(user_id, name=name, locale=locale, asked=asked)

    async def adopt(self, former: str, user_id: str) -> None:
        """Give a user everything that is stored under a former id of theirs. Raises StorageError."""
        await self._people.adopt(former, user_id)

    @property
    def quota(self) -> int:
        """The number of images that a user may have in a period."""
        return self._quota.images

    @property
    def default_model(self) -> str:
        """The model that is used when a person chooses none."""
        return self._catalogue.default

    def choices(self, option: str, model: str | None = None) -> tuple[str, ...]:
        """Return an option's values for `model`, or for all models if it is None."""
        return self._catalogue.choices(option, model)

    def accepts(self, model: str, option: str, value: str) -> bool:
        """Return whether a model takes a value of an option, also one that isn't offered."""
        return self._catalogue.accepts(model, option, value)

    async def suggestions(self, option: str, model: str | None, locale: str) -> Mapping[str, tuple[str, ...]]:
        """Return the values to offer while an option is typed, each with what to say of it to a reader of `locale`."""
        await prepare(locale)
        return await self._suggestions.of(option, model, speak(locale))

    def description(self, model: str) -> str:
        """Return what to choose a model for, as a marked text; an empty one for a model that no table knows."""
        return self._catalogue.description(model)

    async def offers(self) -> Sequence[Offer]:
        """Return the models that may be chosen, each with what helps to choose, the most useful first."""
        return await self._suggestions.offers()

    def takes(self, model: str) -> tuple[str, ...]:
        """Return the names of the options that a model has. Raises UnknownModel."""
        return self._catalogue.takes(model)

    async def _answer(self, event: Event) -> Answer:
        try:
            await prepare(event.origin.locale)
            return await self._route(event)
        except Duplicate as error:
            logger.info("event %s was accepted already as job %s", event.origin.key, error.job)
            return Answer(error=error)
        except (UsageError, Refusal) as error:
            return _refused(event, error)
        except StorageError as error:
            logger.debug("event %s is not answered: %s", event.origin.key, error)  # the store itself warns
            return _refused(event, Busy())
        except Exception as error:  # the only place where errors become replies
            logger.exception("event %s failed", event.origin.key)
            return _refused(event, BotError(str(error)))

    async def _route(self, event: Event) -> Answer:
        match event:
            case CommandEvent():
                return await self._command(event)
            case ButtonEvent():
                return await self._button(event)
            case _:
                raise TypeError(f"no such event: {type(event).__name__}")

    async def _command(self, event: CommandEvent) -> Answer:
        if event.command == IMAGINE.name and (found := command_in(event.text, self._commands)):
            name, text = found
            event = replace(event, command=name, text=text)
        if event.command not in self._commands:
            raise UnknownCommand(event.command, tuple(self._commands))
        return await self._commands[event.command](event)

    async def _button(self, event: ButtonEvent) -> Answer:
        if event.action not in self._buttons:
            raise UnclearAction
        return await self._buttons[event.action](event)


def _refused(event: Event, error: BotError) -> Answer:
    sentence: Line = refusal(speak(event.origin.locale), error)
    return Answer(reply=Reply(lines=(sentence,)), placement=Placement.PRIVATE, refused=True, error=error)
