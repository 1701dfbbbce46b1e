"""Answers that only one user sees: an ephemeral message, else a direct one."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.client import SlackClient, sdk_logger
from adapters.slack.interaction import Interaction, Payload
from adapters.slack.messages import trash
from adapters.slack.messenger import SlackMessenger
from adapters.slack.refusals import translated
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.errors import BotError, DeliveryError, MessageDeleted
from bot.core.language import prepare, speak
from bot.core.language.channels import about, not_sent_directly, sent_directly
from bot.core.language.refusals import refusal
from bot.core.origin import Address
from bot.core.refusals import Busy, Refusal
from bot.core.replies import Reply

logger = logging.getLogger(__name__)


# In so many seconds another press of the same button sends no further message; after that it does.
_SAME_FOR = 600.0
_MOST_SENT = 500
_ENGLISH = "en"


@dataclass(slots=True, eq=False)
class _Sent:
    """One user's direct message with one job's images, as far as this process has sent it."""

    sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: tuple[Address, float] | None = None
    """Where it is, and when it was sent, by the clock that can't be set."""


class PrivateMessages:
    """Shows private replies. They can't hold files: https://docs.slack.dev/reference/methods/chat.postEphemeral."""

    def __init__(
        self,
        bot: Bot,
        client: SlackClient,
        messenger: SlackMessenger,
        clock: Clock,
        *,
        usual_locale: Callable[[], str] = lambda: "",
    ) -> None:
        """`usual_locale` returns the locale for a user whose own one is not known."""
        self._bot, self._client, self._messenger, self._clock = bot, client, messenger, clock
        self._usual_locale = usual_locale
        self._sent: OrderedDict[tuple[str, str], _Sent] = OrderedDict()

    def ephemeral(self, reply: Reply, locale: str = _ENGLISH) -> dict[str, Any]:
        """Return the body for the acknowledgement of a command, or for a response URL."""
        return {"response_type": "ephemeral", **self._messenger.messages.rendered(reply, trash=trash(locale))}

    async def privately(self, interaction: Interaction, reply: Reply, *, in_place: bool = False) -> None:
        """Show `reply` only to the user; with `in_place`, replace the message whose button was pressed.

        A response URL works where the bot isn't a member, but may be used up or too old. A message to the bot alone is
        answered in the same conversation.
        """
        url, thread = interaction.response_url, interaction.private_thread
        if url and await self._through_url(url, reply, interaction.locale, in_place=in_place, thread=thread):
            return
        if interaction.direct:
            await self._directly_at_last(interaction, replace(reply, pictures=()))
            return
        try:
            with translated():
                await self._client.api.chat_postEphemeral(
                    channel=interaction.channel,
                    user=interaction.user,
                    thread_ts=thread or None,
                    parse="none",
                    **self._messenger.messages.rendered(reply, trash=trash(interaction.locale)),
                )
        except DeliveryError as refused:
            logger.info("no ephemeral message, trying a direct one: %s", refused)
            await self._directly_at_last(interaction, replace(reply, pictures=()))

    async def open_view(self, interaction: Interaction, view: Mapping[str, Any]) -> None:
        """Open a modal, or say that it can't be now."""
        try:
            with translated():
                await self._client.api.views_open(trigger_id=interaction.trigger, view=dict(view))
        except DeliveryError as error:
            logger.warning("the modal was not opened: %s", error)
            await self.privately(interaction, Reply(lines=(refusal(speak(interaction.locale), Busy()),)))

    async def directly(self, interaction: Interaction, reply: Reply) -> None:
        """Send `reply` with its pictures as a direct message, and say so where the button was pressed.

        Once, also after several presses: another press only shows the same message again.
        """
        try:
            await self._send_once(interaction, reply)
        except Refusal as refused:
            await self.privately(interaction, Reply(lines=(refusal(speak(interaction.locale), refused),)))
        except BotError as error:
            logger.warning("could not send the images to %s: %s", interaction.user, error)
            await self.privately(interaction, Reply(lines=(not_sent_directly(speak(interaction.locale)),)))
        else:
            await self.privately(interaction, Reply(lines=(sent_directly(speak(interaction.locale)),)))

    async def apologise(self, ack: AsyncAck, body: Payload) -> bool:
        """Acknowledge what could not be read, and say so. Return whether that was possible: else Slack has to say it.

        A form stays open then, with what was written in it.
        """
        if body.get("type") == "view_submission":
            return False
        locale = self._usual_locale()
        await prepare(locale)
        sorry = Reply(lines=(refusal(speak(locale), BotError()),))
        if "command" in body:
            await ack(self.ephemeral(sorry))
            return True
        await ack()
        if url := body.get("response_url"):
            await self._through_url(str(url), sorry)
        return True

    async def _send_once(self, interaction: Interaction, reply: Reply) -> None:
        sent = self._sent.setdefault((interaction.user_id, reply.pictures[0].job), _Sent())
        while len(self._sent) > _MOST_SENT:
            self._sent.popitem(last=False)
        async with sent.sending:
            address, at = sent.last or (None, self._clock.steady())
            if address is not None and self._clock.steady() - at < _SAME_FOR:
                with suppress(MessageDeleted):  # and now they want to see it again
                    sent.last = await self._messenger.show(address, reply), at
                    return
            sent.last = await self._send_directly(interaction, reply), self._clock.steady()

    async def _send_directly(self, interaction: Interaction, reply: Reply) -> Address:
        direct = await self._messenger.messages.direct(interaction.address)
        return await self._bot.show_directly(reply, direct.envelope)

    async def _directly_at_last(self, interaction: Interaction, reply: Reply) -> None:
        where = about(speak(interaction.locale), interaction.address.conversation)
        try:
            here = interaction.address
            direct = here if interaction.direct else await self._messenger.messages.direct(here)
            if direct.channel != interaction.channel:
                reply = replace(reply, lines=(where, *reply.lines))
            await self._messenger.publish(direct.envelope, reply)
        except BotError as error:
            logger.warning("nothing can be said to %s: %s", interaction.user, error)

    async def _through_url(
        self, url: str, reply: Reply, locale: str = _ENGLISH, *, in_place: bool = False, thread: str = ""
    ) -> bool:
        beside = {"thread_ts": thread} if thread and not in_place else {}
        hook = AsyncWebhookClient(url, session=self._client.session, retry_handlers=[], logger=sdk_logger())
        try:
            with translated():
                answer = await hook.send_dict({**self.ephemeral(reply, locale), **beside, "replace_original": in_place})
        except DeliveryError as error:
            logger.info("the response URL was not reached: %s", error)
            return False
        # Nothing is raised when Slack refuses: https://docs.slack.dev/interactivity/handling-user-interaction
        if answer.status_code != 200:
            logger.info("the response URL was refused: %s", answer.status_code)
        return answer.status_code == 200
