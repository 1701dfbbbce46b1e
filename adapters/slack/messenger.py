"""Show, delete, announce and publish on Slack."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import render
from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.refusals import ChannelClosed, FilesRefused, MessageGone, not_processed_yet, translated
from adapters.slack.uploads import LIMITS, Uploads
from bot.core.chat import Abilities, Verb
from bot.core.clock import Clock
from bot.core.errors import NotConnected
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.language.channels import moved
from bot.core.origin import Address
from bot.core.replies import Reply
from bot.core.retry import repeated

logger = logging.getLogger(__name__)

# Slack's messages accept a file a little later than files.info says that it is processed.
_patiently = repeated(not_processed_yet, first_pause=0.4, attempts=5)
# Slack makes no links, previews or mentions of the text.
_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


class SlackMessenger:
    """Implements `bot.core.chat.Messenger`. An address holds the ids of the message and of its uploaded files."""

    def __init__(self, library: ImageLibrary, *, clock: Clock, commands: SlackCommands) -> None:
        self._clock, self._commands = clock, commands
        self._uploads = Uploads(library)
        self._client: SlackClient | None = None

    def attach(self, client: SlackClient | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    def abilities(self, address: Address) -> Abilities:
        """Return what is possible at `address`, and what an image block can show."""
        return Abilities(verbs=SlackAddress.of(address).verbs, images=LIMITS)

    async def show(self, address: Address, reply: Reply) -> Address:
        """Edit the message, post a new one if it is gone, or a direct one if posting is not allowed."""
        place = SlackAddress.of(address)
        files = await self._uploads.ready(self._connected, reply.pictures, place.files)
        try:
            shown = await self._show(place, reply, files)
        except FilesRefused:
            self._uploads.forget(reply.pictures)
            if not place.files:
                raise
            files = await self._uploads.ready(self._connected, reply.pictures, {})
            shown = await self._show(place, reply, files)
        return replace(shown, files=files or shown.files).envelope

    async def delete(self, address: Address) -> None:
        """Delete the bot's own message."""
        self.abilities(address).check(Verb.DELETE)
        place, client = SlackAddress.of(address), self._connected.api
        with suppress(MessageGone), translated():
            await client.chat_delete(channel=place.channel, ts=place.ts)

    async def notify(self, address: Address, reply: Reply) -> None:
        """Answer the message in its thread, and mention the user."""
        self.abilities(address).check(Verb.NOTIFY)
        place, client = SlackAddress.of(address), self._connected.api
        built = render.message(self._commands.renamed(reply), now=self._clock.now(), asker=place.user)
        with translated():
            await client.chat_postMessage(channel=place.channel, thread_ts=place.ts or None, **_AS_IT_IS, **built)

    async def publish(self, address: Address, reply: Reply) -> Address:
        """Post a new message. Raises ChannelClosed if the bot may not post there."""
        self.abilities(address).check(Verb.PUBLISH)
        files = await self._uploads.ready(self._connected, reply.pictures, {})
        try:
            posted = await self._post(SlackAddress.of(address), reply, files)
        except FilesRefused:
            self._uploads.forget(reply.pictures)
            raise
        return replace(posted, files=files).envelope

    async def direct(self, place: SlackAddress) -> SlackAddress:
        """Return the address of the user's direct messages. Raises DeliveryError."""
        with translated():
            opened = await self._connected.api.conversations_open(users=[place.user])
        return place.direct(str(opened["channel"]["id"]))

    @property
    def _connected(self) -> SlackClient:
        if self._client is None:
            raise NotConnected("Slack")
        return self._client

    async def _show(self, place: SlackAddress, reply: Reply, files: Files) -> SlackAddress:
        try:
            if place.ts:
                return await self._update(place, reply, files)
        except MessageGone as error:
            logger.info("posting a new message: %s", error)
        except ChannelClosed as error:
            return await self._elsewhere(place, reply, files, error)
        try:
            return await self._post(place, reply, files)
        except ChannelClosed as error:
            return await self._elsewhere(place, reply, files, error)

    async def _update(self, place: SlackAddress, reply: Reply, files: Files) -> SlackAddress:
        # https://docs.slack.dev/reference/methods/chat.update: the blocks are sent each time, since a text alone
        # would keep the old ones; and they are built here, since Slack refuses the blocks that it returns.
        built, client = self._message(place, reply, files), self._connected.api
        await _sent(lambda: client.chat_update(channel=place.channel, ts=place.ts, parse="none", **built))
        return place

    async def _post(self, place: SlackAddress, reply: Reply, files: Files) -> SlackAddress:
        built, client = self._message(place, reply, files), self._connected
        answer = await _sent(lambda: client.api.chat_postMessage(channel=place.channel, **_AS_IT_IS, **built))
        ts = str(answer["ts"])
        return place.seen(ts=ts, link=client.permalink(place.channel, ts))

    async def _elsewhere(self, place: SlackAddress, reply: Reply, files: Files, closed: ChannelClosed) -> SlackAddress:
        if place.moved:
            raise closed
        logger.info("showing it in a direct message: %s", closed)
        return await self._post(replace(await self.direct(place), moved=True), reply, files)

    def _message(self, place: SlackAddress, reply: Reply, files: Files) -> dict[str, Any]:
        if place.moved:
            reply = replace(reply, lines=(moved(speak(place.locale), place.conversation), *reply.lines))
        return render.message(self._commands.renamed(reply), now=self._clock.now(), files=files)


async def _sent(send: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Send, and retry soon while Slack still processes a file of the message. Raises DeliveryError."""
    with translated():
        return await _patiently(send)
