"""The first message of a job, which will become its images."""

import asyncio
import logging
from dataclasses import dataclass, replace

from adapters.slack.client import SlackClient
from adapters.slack.interaction import Interaction
from adapters.slack.messenger import SlackMessenger
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.refusals import SlackRefusal
from bot.core.chat import Meaning
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError
from bot.core.events import Event
from bot.core.language import speak
from bot.core.language.channels import (
    could_not_join,
    invite_me,
    lacks_permission,
    may_not_post,
    message_refused,
    no_guests,
    no_such_thread,
    refused_by_policy,
)
from bot.core.language.labels import ACTIONS
from bot.core.model import Action
from bot.core.origin import Address
from bot.core.replies import Answer, Button, Line, Reply

logger = logging.getLogger(__name__)

# The ledger holds a new job back until its message is posted. To try for longer than that hold would be too late.
_POST_SECONDS = 8.0
_NEEDED = "chat:write"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class FirstMessages:
    """Posts them. If Slack refuses one for certain, its job is withdrawn unspent, and its asker is told why."""

    bot: Bot
    client: SlackClient
    messenger: SlackMessenger
    private_messages: PrivateMessages

    async def post(self, interaction: Interaction, event: Event, answer: Answer) -> bool:
        """Post the message of the job that was accepted, if one was; the job starts once it is posted.

        Return whether it stands there now.

        If Slack does not answer, or may take it later, only the user is notified, and the worker posts the message
        when it starts; if the first message did arrive, it stays as it is.
        """
        if answer.job is None or answer.reply is None:
            return False
        self.messenger.file_refusals.let_in(interaction.team)
        try:
            async with asyncio.timeout(_POST_SECONDS):
                address = await self.messenger.publish(event.origin.address, answer.reply)
        except (DeliveryError, TimeoutError) as error:
            if isinstance(error, SlackRefusal) and error.meaning is not Meaning.NOT_NOW:
                logger.warning("job %s taken back: %s", answer.job, error)
                await self.bot.withdraw(answer.job)
                await self.say_why(interaction, error, answer.job)
                return False
            logger.warning("job %s starts without its message: %s", answer.job, error)
            if await self.bot.start(answer.job):
                await self.private_messages.privately(interaction, Reply(lines=answer.reply.lines))
            return False
        if not await self.bot.confirm(answer.job, address):
            await self._take_back(answer.job, address)
        return True

    async def _take_back(self, job: str, address: Address) -> None:
        """Delete a first message that came too late: another one shows the job."""
        logger.info("job %s: its first message came too late, and goes", job)
        try:
            await self.messenger.delete(address)
        except DeliveryError as error:
            logger.info("job %s: its first message stays: %s", job, error)

    async def say_why(
        self, interaction: Interaction, refused: SlackRefusal, job: str, *, could_join: bool = True
    ) -> None:
        """Tell the asker why nothing is posted there, and offer what may help, with the job that has the prompt."""
        texts = speak(interaction.locale)
        if refused.is_the_thread:  # in which the user would see nothing
            interaction = replace(interaction, thread="")
        if could_join:
            lines: tuple[Line, ...] = (self._why(interaction, refused),)
            offered = self._ways_out(interaction, refused)
        else:
            lines = could_not_join(texts, refused.code), self._invitation(interaction)
            offered = Action.DIRECTLY, Action.TRY_AGAIN
        buttons = tuple(Button(action=each, argument=job, label=texts.label(ACTIONS[each])) for each in offered)
        await self.private_messages.privately(interaction, Reply(lines=lines, buttons=buttons))

    def _ways_out(self, interaction: Interaction, refused: SlackRefusal) -> tuple[Action, ...]:
        """Return the buttons that help: the bot can join public channels, if it was allowed to, and no others."""
        if not refused.joinable:
            return ()
        if not interaction.takes_guests:
            return (Action.DIRECTLY,)
        join = (Action.JOIN,) if refused.is_public and self.client.may("channels:join") else ()
        return (*join, Action.DIRECTLY, Action.TRY_AGAIN)

    def _invitation(self, interaction: Interaction) -> Line:
        conversation = interaction.address.conversation
        return invite_me(speak(interaction.locale), conversation, f"/invite @{self.client.bot_name}")

    def _why(self, interaction: Interaction, refused: SlackRefusal) -> Line:
        """Say why nothing can be posted there, and what helps."""
        texts = speak(interaction.locale)
        if refused.joinable and not interaction.takes_guests:
            return no_guests(texts)
        if refused.joinable:
            return self._invitation(interaction)
        if refused.code == "missing_scope":
            return lacks_permission(texts, refused.scope or _NEEDED)
        if refused.is_the_thread:
            return no_such_thread(texts)
        if refused.meaning is not Meaning.CLOSED:
            return message_refused(texts, refused.code)
        return may_not_post(texts) if refused.is_the_channel else refused_by_policy(texts, refused.code)
