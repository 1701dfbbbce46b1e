"""Handle the one form: open it, let it follow what is chosen in it, and draw what is sent."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.slack import forms, parse
from adapters.slack.client import SlackClient
from adapters.slack.first_message import FirstMessages
from adapters.slack.forms import Filled, Offered
from adapters.slack.interaction import Interaction, Payload, metadata_of
from adapters.slack.messenger import SlackMessenger
from adapters.slack.people import People
from adapters.slack.private_messages import PrivateMessages
from adapters.slack.refusals import translated
from bot.core.commands import IMAGINE
from bot.core.dispatch import Bot
from bot.core.errors import BotError, DeliveryError
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.language import speak
from bot.core.language.refusals import refusal
from bot.core.refusals import Busy, RepeatedOption, UnknownModel, UsageError
from bot.core.replies import Form, Reply, plain

logger = logging.getLogger(__name__)

# Before a form is acknowledged, which has to be within 3 seconds.
_DIRECT_SECONDS = 0.5
_RATIO = "ar"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class FormHandlers:
    """Opens forms, and listens to them."""

    bot: Bot
    client: SlackClient
    messenger: SlackMessenger
    private_messages: PrivateMessages
    first_messages: FirstMessages
    people: People

    async def shortcut(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the global shortcut, which people find everywhere in Slack: it names no channel."""
        interaction = await self.people.recognised(Interaction.of_interaction(body), draws=True)
        refused = self.bot.not_allowed(CommandEvent(origin=interaction.origin(), command=IMAGINE.name))
        await ack()
        if refused and refused.reply:
            await self.private_messages.privately(await self._placed(interaction), refused.reply)
        else:
            await self.open_new(interaction)

    async def open_new(self, interaction: Interaction) -> None:
        """Open the form for a new command."""
        texts, model = speak(interaction.locale), self.bot.default_model
        view = forms.drawing(
            texts,
            await self._offered(),
            Filled(options={forms.MODEL: model}),
            title=texts.label("Draw an image"),
            metadata=interaction.metadata(model=model),
            directly=not interaction.channel,
        )
        await self._open(interaction, view)

    async def open_edit(self, interaction: Interaction, form: Form) -> None:
        """Open the form for another prompt of an earlier job, with that job's options."""
        given = {forms.MODEL: self.bot.default_model, **form.options}
        if ratio := given.pop(_RATIO, ""):
            given[forms.SIZE] = ratio
        filled = Filled(prompt=form.prompt, options=given)
        others = {name: value for name, value in given.items() if name != forms.MODEL}
        view = forms.drawing(
            speak(interaction.locale),
            await self._offered(),
            replace(filled, more=filled.needs_more),
            title=form.title,
            metadata=interaction.metadata(form.job, model=given[forms.MODEL], given=others),
            callback=forms.EDIT,
        )
        await self._open(interaction, view)

    async def submitted(self, ack: AsyncAck, body: Payload) -> None:
        """Handle a form that was sent. A refusal is shown inside it, so that the user can correct it."""
        interaction = await self._placed(await self.people.recognised(Interaction.of_interaction(body), draws=True))
        event = parse.submitted(body, interaction)
        answer = await self.bot.dispatch(event)
        if not (answer.refused and answer.reply):
            await ack()
            await self.first_messages.post(interaction, event, answer)
        elif isinstance(answer.error, UsageError):
            field = _field(body["view"], event, answer.error)
            await ack(response_action="errors", errors={field: plain(answer.reply.lines)})
        else:
            await ack(response_action="update", view=forms.with_alert(body["view"], answer.reply.lines))

    async def changed(self, ack: AsyncAck, body: Payload) -> None:
        """Show the options of the model that was chosen, or all options, and keep what is filled in."""
        await ack()
        view, pressed = body["view"], body["actions"][0]
        interaction = await self.people.recognised(Interaction.of_interaction(body))
        options = parse.form_options(view)
        prompt = options.pop(forms.PROMPT, "")
        options = {**parse.given_in(view), **options}
        if pressed.get("action_id") == forms.MODEL_CHOSEN:
            chosen = (pressed.get("selected_option") or {}).get("value")
            options[forms.MODEL] = chosen or self.bot.default_model
        offered = await self._offered()
        filled = Filled(prompt=prompt, options=options, more=_shows_more(view, pressed))
        built = forms.drawing(
            speak(interaction.locale),
            offered,
            filled,
            title=view["title"]["text"],
            metadata=_kept(view, more=filled.more),
            callback=view["callback_id"],
            dropped=offered.dropped(filled, offered.model(options[forms.MODEL])),
            directly=not interaction.channel,
        )
        try:
            with translated():
                # The hash lets Slack refuse a choice that was overtaken by the next one, or by closing the modal:
                # https://docs.slack.dev/reference/methods/views.update
                await self.client.api.views_update(view_id=view["id"], hash=view["hash"], view=built)
        except DeliveryError as error:
            logger.info("the modal was not changed: %s", error)

    async def _open(self, interaction: Interaction, view: Mapping[str, Any]) -> None:
        try:
            with translated():
                await self.client.api.views_open(trigger_id=interaction.trigger, view=dict(view))
        except DeliveryError as error:
            logger.warning("the modal was not opened: %s", error)
            sorry = Reply(lines=(refusal(speak(interaction.locale), Busy()),))
            await self.private_messages.privately(await self._placed(interaction), sorry)

    async def _offered(self) -> Offered:
        return Offered(models=await self.bot.offers(), choices=self.bot.choices, accepts=self.bot.accepts)

    async def _placed(self, interaction: Interaction) -> Interaction:
        """Return the interaction where its images can be shown: without a channel, in direct messages.

        While Slack doesn't say which channel that is, the user's id stands for it:
        https://docs.slack.dev/reference/methods/chat.postMessage
        """
        if interaction.channel:
            return interaction
        channel = interaction.user
        with suppress(BotError, TimeoutError):
            async with asyncio.timeout(_DIRECT_SECONDS):
                channel = (await self.messenger.messages.direct(interaction.address)).channel
        return interaction.at(channel, name="", direct=True)


def _field(view: Mapping[str, Any], event: Event, error: UsageError) -> str:
    """Return the block of a form for the text about a mistake: the prompt's block, if the mistake is in the prompt."""
    option = forms.MODEL if isinstance(error, UnknownModel) else str(getattr(error, "option", ""))
    option = forms.SIZE if option == _RATIO else option
    chosen = event.options if isinstance(event, CommandEvent | ButtonEvent) else {}
    if isinstance(error, RepeatedOption) or option not in chosen:
        return forms.PROMPT
    return forms.field_of(view, option) or forms.PROMPT


def _shows_more(view: Mapping[str, Any], pressed: Mapping[str, Any]) -> bool:
    asked = pressed.get("action_id") == forms.MORE_PRESSED
    return asked or forms.has_more(view) or bool(metadata_of(view).get("more"))


def _kept(view: Mapping[str, Any], *, more: bool) -> str:
    """Return what a form keeps, with whether it shows all options: another model may not have them."""
    kept = metadata_of(view)
    return json.dumps({**kept, "more": "yes"}) if more else json.dumps(kept)
