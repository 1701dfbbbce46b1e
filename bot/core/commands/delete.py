"""Delete: take a job's images back, in the chat, in the store and in the history."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.chat import Messenger, Verb
from bot.core.commands.command import Handlers
from bot.core.errors import BotError, DeliveryError, StorageError
from bot.core.events import ButtonEvent
from bot.core.jobs.found import Found
from bot.core.jobs.showing import Showing
from bot.core.language import speak
from bot.core.language.channels import confirmation, deleted, deleted_without_message, not_deleted
from bot.core.language.refusals import refusal
from bot.core.ledger import Admission
from bot.core.model import Action
from bot.core.origin import Address
from bot.core.refusals import Busy, JobNotFound, TooLate
from bot.core.replies import Answer, Deletion, Line, Placement, Reply
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Delete:
    """Answers the button Delete. A worker deletes what there is, so that it is done after a crash, too."""

    admission: Admission
    found: Found
    messengers: Mapping[str, Messenger]
    abort: Callable[[str], Awaitable[None]]
    """Stops this process from working on a job."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.DELETE: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Ask whether it is meant, or say what is to be deleted. Raises JobNotFound, NotYoursToDelete, TooLate."""
        job, by = await self.found.job(event.argument, event.origin), event.origin
        if not permissions.may_delete(job, by):
            raise permissions.not_theirs_to_delete(job, by)
        can_keep = permissions.may_keep(job, by)
        if not event.confirmed:
            return Answer(confirmation=confirmation(speak(by.locale), job.id, keep=can_keep))
        keep = event.keep and can_keep
        if keep and not job.status.ended:
            raise TooLate
        return Answer(deletion=Deletion(job=job, by=by, keep=keep))

    async def carry_out(self, deletion: Deletion, at: Address | None) -> Answer:
        """Delete a job, or its message alone, and return what to say of it where the message doesn't vanish.

        `at` is where the message can be reached just now, if that was pressed. Doing it twice is doing it once.
        """
        texts = speak(deletion.by.locale)
        try:
            return _said(await self._carried_out(deletion, at or deletion.job.origin.address))
        except StorageError:
            return _said(refusal(texts, Busy()), Busy())
        except DeliveryError as error:
            return _said(not_deleted(texts), error)

    async def _carried_out(self, deletion: Deletion, address: Address) -> Line:
        job, texts = deletion.job, speak(deletion.by.locale)
        if deletion.keep:
            await Showing(self.messengers).delete(job.id, address)
            await self.admission.unlink(job.id)
            return deleted(texts)
        try:
            await self.admission.delete(job.id, deletion.by.user.id, address)
        except JobNotFound:  # somebody was quicker
            return deleted(texts)
        await self.abort(job.id)
        return deleted(texts) if self._reaches(address) else deleted_without_message(texts)

    def _reaches(self, address: Address) -> bool:
        messenger = self.messengers.get(address.platform)
        return messenger is not None and Verb.DELETE in messenger.abilities(address).verbs


def _said(line: Line, error: BotError | None = None) -> Answer:
    reply = Reply(lines=(line,))
    return Answer(reply=reply, placement=Placement.PRIVATE, refused=error is not None, error=error)
