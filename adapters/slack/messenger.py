"""Show replies on Slack: edit one message, post a new one if it is gone, or a direct one if posting is not allowed."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import render
from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.refusals import ChannelClosed, FilesRefused, MessageGone, not_processed_yet, translated
from adapters.slack.uploads import LIMITS, Uploads
from bot.core.clock import Clock
from bot.core.errors import DeliveryError
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.model import Address, ImageLimits
from bot.core.replies import Reply
from bot.core.retry import repeated

logger = logging.getLogger(__name__)

# Slack's messages accept a file a little later than files.info says that it is processed.
_patiently = repeated(not_processed_yet, first_pause=0.4, attempts=5)


class SlackMessenger:
    """Shows replies at addresses. An address holds the message's id, and those of the files uploaded for it."""

    def __init__(self, library: ImageLibrary, *, clock: Clock, commands: SlackCommands) -> None:
        self._clock, self._commands = clock, commands
        self._uploads = Uploads(library)
        self._client: SlackClient | None = None

    def attach(self, client: SlackClient | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    def image_limits(self, address: Address) -> ImageLimits:
        """Return what an image block can show."""
        return LIMITS

    async def show(self, address: Address, reply: Reply) -> Address:
        """Show `reply` at `address`. Raises DeliveryError."""
        place = SlackAddress.of(address)
        try:
            files = await self._uploads.ready(self._connected, reply.pictures, place.files)
        except DeliveryError as error:
            if error.permanent and reply.pictures:
                await self._without_pictures(place, reply)
            raise
        try:
            shown = await self._show(place, reply, files)
        except FilesRefused:
            self._uploads.forget(reply.pictures)
            if not place.files:
                raise
            files = await self._uploads.ready(self._connected, reply.pictures, {})
            shown = await self._show(place, reply, files)
        return replace(shown, files=files or shown.files).envelope

    async def post(self, address: Address, reply: Reply) -> Address:
        """Post a new message at `address` only. Raises ChannelClosed if the bot may not post there; DeliveryError."""
        return (await self._post(SlackAddress.of(address), reply, {})).envelope

    async def direct(self, place: SlackAddress, reply: Reply) -> None:
        """Show `reply` only to the user of an address, in a direct message. Raises DeliveryError."""
        files = await self._uploads.ready(self._connected, reply.pictures, {})
        await self._post(await self._directly(place), reply, files)

    @property
    def _connected(self) -> SlackClient:
        if self._client is None:
            raise DeliveryError("Slack is not connected")
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
        answer = await _sent(
            lambda: client.api.chat_postMessage(
                channel=place.channel, parse="none", mrkdwn=False, unfurl_links=False, unfurl_media=False, **built
            )
        )
        ts = str(answer["ts"])
        return place.seen(ts=ts, link=client.permalink(place.channel, ts))

    async def _elsewhere(self, place: SlackAddress, reply: Reply, files: Files, closed: ChannelClosed) -> SlackAddress:
        if place.moved:
            raise closed
        logger.info("showing it in a direct message: %s", closed)
        return await self._post(replace(await self._directly(place), moved=True), reply, files)

    async def _directly(self, place: SlackAddress) -> SlackAddress:
        with translated():
            opened = await self._connected.api.conversations_open(users=[place.user])
        return place.direct(str(opened["channel"]["id"]))

    async def _without_pictures(self, place: SlackAddress, reply: Reply) -> None:
        """Show at least where the images are, if Slack will never accept them."""
        said = replace(reply, pictures=(), lines=(*reply.lines, speak("").undelivered()))
        try:
            await self._show(place, said, {})
        except DeliveryError as error:
            logger.info("nor could it be said: %s", error)

    def _message(self, place: SlackAddress, reply: Reply, files: Files) -> dict[str, Any]:
        if place.moved:
            reply = replace(reply, lines=(speak("").moved(place.conversation), *reply.lines))
        return render.message(self._commands.renamed(reply), now=self._clock.now(), files=files)


async def _sent(send: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Send, and retry soon while Slack still processes a file of the message. Raises DeliveryError."""
    with translated():
        return await _patiently(send)
