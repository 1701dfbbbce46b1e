"""Show here on Slack: the images of an entry of the history, for everybody where that was pressed."""

from dataclasses import dataclass, replace

from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.slack import shortcuts
from adapters.slack.client import SlackClient
from adapters.slack.interaction import Interaction, Payload, metadata_of
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.refusals import SlackRefusal
from bot.core.dispatch import Bot
from bot.core.events import ButtonEvent
from bot.core.language import speak
from bot.core.language.channels import not_a_member
from bot.core.model import Action, Job
from bot.core.replies import Answer, Confirmation, Reply


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class ShowingHere:
    """Asks where others haven't seen them, posts them, and says why that can't be."""

    bot: Bot
    client: SlackClient
    private_messages: PrivateMessages
    people: People

    async def ask(self, interaction: Interaction, asked: Confirmation) -> None:
        """Ask whether others may see what one person alone has."""
        texts, metadata = speak(interaction.locale), interaction.metadata(asked.job)
        view = shortcuts.question(texts, asked, callback=shortcuts.SHOW_FORM, metadata=metadata)
        await self.private_messages.open_view(interaction, view)

    async def confirmed(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the answer to that question."""
        job = metadata_of(body["view"]).get("job", "")
        interaction = await self.people.recognised(Interaction.of_interaction(body), draws=True)
        origin = interaction.origin()
        event = ButtonEvent(origin=origin, action=Action.SHOW_HERE, argument=job, confirmed=True)
        answer = await self.bot.dispatch(event)
        await ack()
        if answer.copied:
            await self.carry_out(interaction, answer.copied)
        elif answer.reply:
            await self.private_messages.privately(interaction, answer.reply)

    async def carry_out(self, interaction: Interaction, job: Job) -> None:
        """Post the images of a job."""
        answer = await self.bot.show_here(job, interaction.origin())
        if said := self._said(interaction, answer):
            await self.private_messages.privately(interaction, said)

    def _said(self, interaction: Interaction, answer: Answer) -> Reply | None:
        """Return what to say: Slack's own word tells whether an invitation would help."""
        refused, reply = answer.error, answer.reply
        if reply and isinstance(refused, SlackRefusal) and refused.joinable and interaction.takes_guests:
            where, invitation = interaction.address.conversation, f"/invite @{self.client.bot_name}"
            return replace(reply, lines=(not_a_member(speak(interaction.locale), where, invitation),))
        return reply
