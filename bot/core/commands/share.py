"""Share: show everybody, where it was asked for, what only the asker sees since the message there was deleted."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.chat import Messenger, Verb
from bot.core.commands.command import Handlers
from bot.core.events import ButtonEvent
from bot.core.jobs.found import Found
from bot.core.language import speak
from bot.core.language.channels import shared_already, sharing
from bot.core.model import Action, Job
from bot.core.refusals import TooLate
from bot.core.replies import Answer, Placement, Reply
from bot.core.rules import permissions


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Share:
    """Answers the button Share."""

    found: Found
    messengers: Mapping[str, Messenger]

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(buttons={Action.SHARE: self.answer})

    async def answer(self, event: ButtonEvent) -> Answer:
        """Let the images be posted, once, for the user who asked for them. Raises JobNotFound, TooLate."""
        job = await self.found.own(event.argument, event.origin.user)
        texts = speak(event.origin.locale)
        if not self._is_seen_alone(job):
            line = shared_already(texts, job.origin.address.link)
            return Answer(reply=Reply(lines=(line,)), placement=Placement.PRIVATE)
        if not permissions.is_shareable(job):
            raise TooLate
        line = sharing(texts, job.origin.conversation)
        return Answer(reply=Reply(lines=(line,)), placement=Placement.PRIVATE, shared=job)

    def _is_seen_alone(self, job: Job) -> bool:
        address = job.origin.address
        messenger = self.messengers.get(address.platform)
        return messenger is not None and Verb.SHOW_ALONE in messenger.abilities(address).verbs
