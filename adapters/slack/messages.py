"""One message on Slack: how a reply is posted, changed, answered and deleted, also if Slack refuses its words."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from adapters.slack import render
from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.refusals import SlackRefusal, may_be_theirs, text_in, thread_gone, translated
from adapters.slack.shortcuts import confirmation
from bot.core.chat import Meaning
from bot.core.clock import Clock
from bot.core.errors import NotConnected
from bot.core.language import speak
from bot.core.language.channels import deleted_there, moved, words_left_out
from bot.core.platform_clock import PlatformClock
from bot.core.replies import Reply
from bot.core.retry import Repeated

logger = logging.getLogger(__name__)

three_times = Repeated(may_be_theirs, first_pause=0.3, attempts=3)
# Slack makes no links, previews or mentions of the text.
_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


class Messages:
    """Calls Slack over the connection that there is. What it refuses is raised as a SlackRefusal."""

    def __init__(self, clock: Clock, commands: SlackCommands) -> None:
        self.clock = PlatformClock(clock, "Slack")
        self._commands = commands
        self._client: SlackClient | None = None
        self._icons = True
        """Whether Slack takes buttons that are icons, as far as is known."""

    def attach(self, client: SlackClient | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    @property
    def connected(self) -> SlackClient:
        """The connection. Raises NotConnected."""
        if self._client is None:
            raise NotConnected("Slack")
        return self._client

    async def direct(self, place: SlackAddress) -> SlackAddress:
        """Return the address of the user's direct messages. Raises DeliveryError."""
        try:
            with translated():
                opened = await self.connected.api.conversations_open(users=[place.user])
                return place.direct(text_in(opened, "channel", "id"))
        except SlackRefusal as refused:
            if not refused.permanent:
                raise
            # https://docs.slack.dev/reference/methods/chat.postMessage: a user's id is taken for their direct messages.
            logger.info("posting by the user's id: %s", refused)
            return place.direct(place.user)

    async def let_through(
        self, send: Callable[[SlackAddress, Reply], Awaitable[SlackAddress]], place: SlackAddress, reply: Reply
    ) -> SlackAddress:
        """Send a reply, again if Slack calls it wrong; without the words of people and models if it refuses words."""
        try:
            return await three_times(send, place, reply)
        except SlackRefusal as refused:
            if refused.icons and self._icons:
                logger.warning("Slack takes no icons: Delete is a button from now on: %s", refused)
                self._icons = False
                return await self.let_through(send, place, reply)
            if refused.meaning is not Meaning.WORDS_REFUSED:
                raise
            logger.info("once more without words: %s", refused)
            return await send(place, reply.without_words(words_left_out(speak(place.locale))))

    async def change(self, place: SlackAddress, reply: Reply, *, bare: bool = False) -> SlackAddress:
        """Change a message into a reply; `bare` into its text alone."""
        # https://docs.slack.dev/reference/methods/chat.update: the blocks are sent each time, since a text alone
        # would keep the old ones; and they are built here, since Slack refuses the blocks that it returns.
        client, built = self.connected.api, self._built(place, reply, bare=bare)
        with translated():
            await client.chat_update(channel=place.channel, ts=place.ts, parse="none", **built)
        return place

    async def post(self, place: SlackAddress, reply: Reply, *, bare: bool = False) -> SlackAddress:
        """Post a reply. If the thread is gone, Slack posts it outside: that is taken back."""
        client, built = self.connected, self._built(place, reply, bare=bare)
        with translated():
            answer = await client.api.chat_postMessage(
                channel=place.channel, thread_ts=place.thread or None, **_AS_IT_IS, **built
            )
            ts, channel = text_in(answer, "ts"), text_in(answer, "channel")
            in_thread = not place.thread or "thread_ts" in answer["message"]
        posted = replace(place.seen(ts=ts, link=client.permalink(channel, ts, place.thread)), channel=channel)
        if not in_thread:
            await self.delete(posted)
            raise thread_gone()
        return posted

    async def answer(self, place: SlackAddress, reply: Reply) -> None:
        """Answer the message in its thread, and mention the user; if the message was deleted, in no way.

        Slack posts the answer to a deleted message outside the thread. Only the missing name of the thread shows that.
        """
        client = self.connected.api
        built = self.rendered(reply, asker=place.user)
        with translated():
            answer = await client.chat_postMessage(
                channel=place.channel, thread_ts=place.thread or place.ts or None, **_AS_IT_IS, **built
            )
            in_thread, ts = "thread_ts" in answer["message"], str(answer["ts"])
        if place.ts and not in_thread:
            await self.delete(replace(place, ts=ts))

    async def delete(self, place: SlackAddress) -> None:
        """Delete a message, unless it is gone already."""
        try:
            with translated():
                await self.connected.api.chat_delete(channel=place.channel, ts=place.ts)
        except SlackRefusal as refused:
            if refused.meaning is not Meaning.DELETED:
                raise

    def rendered(
        self, reply: Reply, *, files: Files | None = None, asker: str = "", trash: render.Trash | None = None
    ) -> dict[str, Any]:
        """Return a reply as Slack takes it, with the times that are right by Slack's clock."""
        shown = self.clock.shown(self._commands.renamed(reply))
        return render.message(shown, now=self.clock.now(), files=files, asker=asker, trash=trash)

    def _built(self, place: SlackAddress, reply: Reply, *, bare: bool) -> dict[str, Any]:
        if place.moved:
            why = deleted_there if place.deleted else moved
            reply = replace(reply, lines=(why(speak(place.locale), place.conversation), *reply.lines))
        built = self.rendered(reply, files=place.files, trash=self._trash(place))
        return {**built, "blocks": []} if bare else built

    def _trash(self, place: SlackAddress) -> render.Trash:
        return trash(place.locale, person=place.user if self._icons else "")


def trash(locale: str, *, person: str = "") -> render.Trash:
    """Return how *Delete* is shown to a reader: as an icon for a `person`, or as a button."""
    texts = speak(locale)
    return render.Trash(question=confirmation(texts), cancel=texts.label("Cancel"), person=person)
