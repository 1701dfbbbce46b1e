"""Commands in places where the bot isn't: it offers to join, or to draw in a direct message, and then does so."""

import asyncio
import logging
from dataclasses import dataclass

from adapters.slack.address import SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.first_message import FirstMessages
from adapters.slack.interaction import Interaction
from adapters.slack.messenger import SlackMessenger
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.refusals import SlackRefusal, translated
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError, StorageError
from bot.core.events import ButtonEvent
from bot.core.language import speak
from bot.core.language.channels import drawing_directly, sharing
from bot.core.language.refusals import refusal
from bot.core.model import Action
from bot.core.origin import User
from bot.core.refusals import Busy, Refusal
from bot.core.replies import Reply

logger = logging.getLogger(__name__)

ELSEWHERE = frozenset({Action.JOIN, Action.DIRECTLY, Action.TRY_AGAIN})
"""The buttons below a refusal of the channel. Each has the id of the job that was taken back, which has the prompt."""
# The ledger holds the job meanwhile, and while its message is posted then.
_JOIN_SECONDS = 4.0


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Elsewhere:
    """Draws what could not be drawn where it was asked. Everything else is decided before the bot joins a channel."""

    bot: Bot
    client: SlackClient
    messenger: SlackMessenger
    private_messages: PrivateMessages
    first_messages: FirstMessages

    async def pressed(self, interaction: Interaction, action: Action, job_id: str) -> None:
        """Draw at the place that was chosen; say there why not, or where the button was pressed."""
        texts, is_alone = speak(interaction.locale), not interaction.pressed
        try:
            where = await self._place(interaction, action, job_id)
        except (DeliveryError, StorageError) as error:
            logger.warning("no other place for job %s: %s", job_id, error)
            await self.private_messages.privately(interaction, Reply(lines=(refusal(texts, Busy()),)))
            return
        event = ButtonEvent(origin=where.origin(), action=action, argument=job_id)
        answer = await self.bot.dispatch(event)
        if answer.job is None:
            if answer.reply is not None:
                await self.private_messages.privately(interaction, answer.reply)
            return
        if action is Action.JOIN and (refused := await self._join(where.channel)):
            await self.bot.withdraw(answer.job)
            await self.first_messages.say_why(where, refused, answer.job, could_join=False)
            return
        if await self.first_messages.post(where, event, answer):
            told = drawing_directly(texts) if action is Action.DIRECTLY else sharing(texts, where.address.conversation)
            await self.private_messages.privately(interaction, Reply(lines=(told,)), in_place=is_alone)

    async def _place(self, interaction: Interaction, action: Action, job_id: str) -> Interaction:
        """Return where to draw: where it was asked, or the asker's direct messages. If the job isn't theirs, here."""
        try:
            job = await self.bot.job(job_id, User(id=interaction.user_id, name=""))
        except Refusal:
            return interaction
        asked = SlackAddress.of(job.origin.address).asked
        if action is Action.DIRECTLY:
            direct = await self.messenger.messages.direct(asked)
            return interaction.at(direct.channel, name="", direct=True)
        return interaction.at(asked.channel, name=asked.name, thread=asked.thread)

    async def _join(self, channel: str) -> SlackRefusal | None:
        """Join a public channel. Return why Slack doesn't let the bot in."""
        try:
            with translated():
                async with asyncio.timeout(_JOIN_SECONDS):
                    await self.client.api.conversations_join(channel=channel)
        except SlackRefusal as refused:
            logger.warning("could not join a channel: %s", refused)
            return refused
        except DeliveryError as error:
            logger.warning("whether a channel was joined is not known: %s", error)
        return None
