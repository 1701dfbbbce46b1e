"""Handle Slack's interactions, from the payload to the answer. Every listener acknowledges within three seconds."""

import asyncio
import logging
from dataclasses import dataclass, replace

from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.slack import parse, shortcuts
from adapters.slack.address import SlackAddress, pressed_message
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.deleting import Deleting
from adapters.slack.elsewhere import ELSEWHERE, Elsewhere
from adapters.slack.first_message import FirstMessages
from adapters.slack.form_handlers import FormHandlers
from adapters.slack.interaction import Interaction, Payload
from adapters.slack.mentioned import Mentioned, named
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.showing_here import ShowingHere
from bot.core.commands import IMAGINE
from bot.core.dispatch import Bot
from bot.core.events import ButtonEvent
from bot.core.language import speak
from bot.core.language.channels import shown_elsewhere
from bot.core.model import Action, Job
from bot.core.replies import Answer, Placement
from bot.core.visible import is_blank

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Handlers:
    """Listens to commands and buttons, and passes them to the bot."""

    bot: Bot
    client: SlackClient
    commands: SlackCommands
    private_messages: PrivateMessages
    first_messages: FirstMessages
    people: People
    mentioned: Mentioned
    forms: FormHandlers
    elsewhere: Elsewhere
    deleting: Deleting
    showing_here: ShowingHere

    async def command(self, ack: AsyncAck, body: Payload) -> None:
        """Handle a slash command. Without a prompt, `/imagine` asks for one in a modal."""
        draws = self.commands.named(body["command"]) == IMAGINE.name
        text = parse.text_of(body, self.client.installed.bot_user_id or "")
        interaction, names = await asyncio.gather(
            self.people.recognised(Interaction.of_command(body), draws=draws), self.mentioned.names(parse.unnamed(text))
        )
        words = parse.decode(text, named(names, interaction.locale))
        event = parse.command_event(body, interaction, self.commands, words)
        if event.command == IMAGINE.name and is_blank(event.text):
            refused = self.bot.not_allowed(event)
            if refused and refused.reply:
                await ack(self.private_messages.ephemeral(refused.reply))
                return
            await ack()
            await self.forms.open_new(interaction)
            return
        answer = await self.bot.dispatch(event)
        if answer.reply is not None and answer.placement is not Placement.PUBLIC and not answer.reply.pictures:
            await ack(self.private_messages.ephemeral(answer.reply, interaction.locale))
            return
        await ack()
        if answer.reply is not None and answer.reply.pictures:
            await self.private_messages.directly(interaction, answer.reply)
        else:
            await self.first_messages.post(interaction, event, answer)

    async def button(self, ack: AsyncAck, body: Payload) -> None:
        """Handle a press of one of the bot's buttons."""
        action, job = parse.button_action(body)
        if action in ELSEWHERE:
            await ack()  # joining takes its time
            interaction = await self.people.recognised(Interaction.of_interaction(body), draws=True)
            await self.elsewhere.pressed(interaction, action, job)
            return
        admin = action in {Action.CANCEL, Action.STOP, Action.SHOW_AGAIN, Action.DELETE}
        draws = action in {Action.AGAIN, Action.EDIT, Action.SHOW_HERE}
        interaction = await self.people.recognised(Interaction.of_interaction(body), admin=admin, job=job, draws=draws)
        shown_by = interaction.pressed if parse.job_of_message(body.get("message") or {}) == job else ""
        event = parse.button_event(body, interaction)
        if shown_by:
            link = self.client.permalink(interaction.channel, shown_by, interaction.thread)
            event = replace(event, pressed=pressed_message(interaction.channel, ts=shown_by, link=link))
        answer = await self.bot.dispatch(event)
        await ack()
        await self._respond(interaction, event, answer, shown_by=shown_by)

    async def _respond(self, interaction: Interaction, event: ButtonEvent, answer: Answer, *, shown_by: str) -> None:
        """Answer a press. `shown_by` is the pressed message if it is about that job alone, and others may see it.

        One whose job is shown by another message there is a stray, and goes.
        """
        shown = answer.outdated or answer.ended
        if shown and shown_by and _is_stray(interaction, shown, shown_by):
            await self.deleting.message_alone(interaction, SlackAddress.of(shown.origin.address), shown_by)
            answer = answer.saying(shown_elsewhere(speak(interaction.locale), shown.origin.address.link))
        elif answer.outdated and shown_by:
            await self._bring_up_to_date(interaction, answer.outdated, shown_by)
        if answer.shared:
            asked = SlackAddress.of(answer.shared.origin.address).asked
            answer = replace(answer, reply=await self.bot.share(answer.shared, asked.envelope) or answer.reply)
        if answer.deletion is not None:
            await self.deleting.carry_out(interaction, answer.deletion, shown_by)
        elif answer.copied is not None:
            await self.showing_here.carry_out(interaction, answer.copied)
        elif answer.opens:
            await self._open(interaction, answer)
        elif answer.job is not None:
            await self.first_messages.post(interaction, event, answer)
        elif answer.reply is not None and answer.reply.pictures:  # which a private message in a channel can't hold
            await self.private_messages.directly(interaction, answer.reply)
        elif answer.reply is not None:
            # A message that others see, too, is never replaced by one for a single person.
            in_place = answer.placement is Placement.IN_PLACE and not interaction.pressed
            await self.private_messages.privately(interaction, answer.reply, in_place=in_place)

    async def _open(self, interaction: Interaction, answer: Answer) -> None:
        if answer.prompt is not None:
            view = shortcuts.whole(speak(interaction.locale), answer.prompt)
            await self.private_messages.open_view(interaction, view)
        elif answer.confirmation is not None:
            await self.showing_here.ask(interaction, answer.confirmation)
        elif answer.form is not None:
            await self.forms.open_edit(interaction, answer.form)

    async def _bring_up_to_date(self, interaction: Interaction, job: Job, ts: str) -> None:
        """Let the pressed message show how the job ended, with the uploads that there are."""
        known = SlackAddress.of(job.origin.address)
        link = self.client.permalink(interaction.channel, ts, interaction.thread)
        asked = known if known.moved and known.channel == interaction.channel else known.asked
        place = replace(asked, channel=interaction.channel, thread=interaction.thread).seen(ts=ts, link=link)
        await self.bot.bring_up_to_date(job, place.envelope, leaves=known.ts not in {"", ts})


def _is_stray(interaction: Interaction, job: Job, pressed: str) -> bool:
    """Return whether another message shows the job of the pressed one, in the same channel."""
    known = SlackAddress.of(job.origin.address)
    return known.ts not in {"", pressed} and known.channel == interaction.channel and not known.moved
