"""Delete on Slack: by the icon below images, and by an entry in a message's menu."""

import logging
from dataclasses import dataclass, replace

from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.slack import parse, shortcuts
from adapters.slack.address import SlackAddress
from adapters.slack.interaction import Interaction, Payload, metadata_of
from adapters.slack.messenger import SlackMessenger
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError
from bot.core.events import ButtonEvent
from bot.core.language import speak
from bot.core.model import Action
from bot.core.replies import Answer, Deletion

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Deleting:
    """Asks, if Slack itself hasn't, and deletes."""

    bot: Bot
    messenger: SlackMessenger
    private_messages: PrivateMessages
    people: People

    async def chosen(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the entry in a message's menu, which everybody sees: ask whether to delete, if this user may."""
        job = parse.job_of_message(body["message"])
        interaction, answer = await self._asked(body, job, confirmed=False)
        await ack()
        if answer.confirmation is None:
            await self._say(interaction, answer)
            return
        texts, metadata = speak(interaction.locale), interaction.metadata(job, pressed=interaction.pressed)
        asked = shortcuts.confirmation(texts)
        view = shortcuts.question(texts, asked, callback=shortcuts.DELETE_FORM, metadata=metadata)
        await self.private_messages.open_view(interaction, view)

    async def confirmed(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the answer to the question."""
        kept = metadata_of(body["view"])
        interaction, answer = await self._asked(body, kept.get("job", ""), confirmed=True)
        await ack()
        if answer.deletion is None:
            await self._say(interaction, answer)
        else:
            await self.carry_out(interaction, answer.deletion, kept.get("pressed", ""))

    async def carry_out(self, interaction: Interaction, deletion: Deletion, shown_by: str) -> None:
        """Delete a job, and the message in which the presser saw it, such as a copy in direct messages.

        If the message goes, nothing is said. If a list was pressed, a sentence says that it is done.
        """
        own = SlackAddress.of(deletion.job.origin.address)
        is_own = (own.channel, own.ts) == (interaction.channel, shown_by)
        said = await self.bot.delete(deletion)
        if said.refused or not shown_by:
            await self._say(interaction, said)
        elif not is_own:
            await self.message_alone(interaction, own, shown_by)

    async def message_alone(self, interaction: Interaction, own: SlackAddress, pressed: str) -> None:
        """Delete the pressed message, but no files, of a job that has another message as its `own`."""
        there = replace(own, channel=interaction.channel, thread=interaction.thread, files={})
        try:
            await self.messenger.delete(there.seen(ts=pressed, link="").envelope)
        except DeliveryError as error:
            logger.info("a copy stays: %s", error)

    async def _asked(self, body: Payload, job: str, *, confirmed: bool) -> tuple[Interaction, Answer]:
        interaction = await self.people.recognised(Interaction.of_interaction(body), admin=True, job=job)
        event = ButtonEvent(origin=interaction.origin(), action=Action.DELETE, argument=job, confirmed=confirmed)
        return interaction, await self.bot.dispatch(event)

    async def _say(self, interaction: Interaction, answer: Answer) -> None:
        if answer.reply:
            await self.private_messages.privately(interaction, answer.reply)
