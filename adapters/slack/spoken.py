"""What people say to the bot: `@imagine a red fox` in a channel or a thread, and any words in its direct messages.

Slack sends each again until it is acknowledged: at once, after a minute and after five.
https://docs.slack.dev/apis/events-api
"""

import asyncio
import logging
from dataclasses import dataclass

from adapters.slack import parse
from adapters.slack.address import SlackAddress
from adapters.slack.first_message import FirstMessages
from adapters.slack.interaction import Interaction, Payload
from adapters.slack.mentioned import Mentioned, named
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from bot.core.dispatch import Bot
from bot.core.errors import StorageError
from bot.core.events import CommandEvent
from bot.core.language import speak
from bot.core.language.refusals import refusal
from bot.core.model import Status
from bot.core.refusals import Busy, Duplicate, Refusal
from bot.core.replies import Answer, Reply
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

_LAST_RETRY = 3


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Spoken:
    """Takes what is said in, and answers it after Slack was told that it arrived."""

    bot: Bot
    bot_user: str
    people: People
    mentioned: Mentioned
    private_messages: PrivateMessages
    first_messages: FirstMessages
    answering: Tasks

    async def heard(self, body: Payload, *, retry: int) -> bool:
        """Take in an event. Return whether Slack may forget it: else it sends it again, since nothing could be kept."""
        if not parse.is_spoken(body, self.bot_user):
            return True
        text = parse.text_of(body, self.bot_user)
        interaction, names = await asyncio.gather(
            self.people.recognised(Interaction.of_event(body), draws=True),
            self.mentioned.names(parse.unnamed(text)),
        )
        event = parse.spoken_event(body, interaction, parse.decode(text, named(names, interaction.locale)))
        answer = await self.bot.dispatch(event)
        if isinstance(answer.error, Busy) and retry < _LAST_RETRY:
            return False
        self.answering.spawn(self._answer(interaction, event, answer, retry), "answering what was said")
        return True

    async def _answer(self, interaction: Interaction, event: CommandEvent, answer: Answer, retry: int) -> None:
        if answer.job is not None:
            await self.first_messages.post(interaction, event, answer)
        elif answer.reply is not None and answer.reply.pictures:
            await self.private_messages.directly(interaction, answer.reply)
        elif answer.reply is not None:
            await self.private_messages.privately(interaction, answer.reply)
        elif retry and isinstance(answer.error, Duplicate) and await self._came_to_nothing(event, answer.error.job):
            busy = refusal(speak(interaction.locale), Busy())
            await self.private_messages.privately(interaction, Reply(lines=(busy,)))

    async def _came_to_nothing(self, event: CommandEvent, job_id: str) -> bool:
        """Return whether the first delivery was taken back unseen: it was accepted too late to be sure of it."""
        try:
            job = await self.bot.job(job_id, event.origin.user)
        except (Refusal, StorageError):
            return False
        return job.status is Status.CANCELLED and not SlackAddress.of(job.origin.address).ts
