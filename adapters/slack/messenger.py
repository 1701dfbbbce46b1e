"""Show, delete, announce and publish on Slack."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import render
from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.refusals import SlackRefusal, may_be_theirs, not_processed_yet, translated
from adapters.slack.uploads import LIMITS, Uploads
from bot.core.chat import Abilities, Meaning, Verb
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, NotConnected
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.language.channels import moved
from bot.core.origin import Address
from bot.core.replies import Reply
from bot.core.retry import repeated

logger = logging.getLogger(__name__)

# Slack's messages accept a file a little later than files.info says that it is processed.
_patiently = repeated(not_processed_yet, first_pause=0.4, attempts=5)
_thrice = repeated(may_be_theirs, first_pause=0.3, attempts=3)
_UNFIT = frozenset({Meaning.OUR_FAULT, Meaning.WORDS_REFUSED, Meaning.PICTURE_REFUSED})
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
        """Edit the message, post a new one if it is gone, or a direct one if posting is not allowed.

        What Slack calls wrong is sent twice again, then as a text alone. Raises DeliveryError: a permanent one if
        pictures are refused, so that words are shown in their place.
        """
        place = SlackAddress.of(address)
        try:
            shown = await _thrice(lambda: self._with_pictures(place, reply, place.files))
        except SlackRefusal as refused:
            if refused.meaning is Meaning.PICTURE_REFUSED:
                self._uploads.forget(reply.pictures)
            if refused.meaning is Meaning.PICTURE_REFUSED and place.files:
                shown = await self._with_pictures(place, reply, {})
            elif refused.meaning in _UNFIT and reply.final and not reply.pictures:
                logger.error("showing the text alone: %s", refused)  # noqa: TRY400
                shown = await self._show(place, reply, {}, bare=True)
            else:
                raise
        await self._tidy(place, shown)
        return shown.envelope

    async def delete(self, address: Address) -> None:
        """Delete the bot's own message."""
        self.abilities(address).check(Verb.DELETE)
        place, client = SlackAddress.of(address), self._connected.api
        try:
            with translated():
                await client.chat_delete(channel=place.channel, ts=place.ts)
        except SlackRefusal as refused:
            if refused.meaning is not Meaning.GONE:
                raise

    async def notify(self, address: Address, reply: Reply) -> None:
        """Answer the message in its thread, and mention the user."""
        self.abilities(address).check(Verb.NOTIFY)
        place, client = SlackAddress.of(address), self._connected.api
        built = render.message(self._commands.renamed(reply), now=self._clock.now(), asker=place.user)
        with translated():
            await client.chat_postMessage(channel=place.channel, thread_ts=place.ts or None, **_AS_IT_IS, **built)

    async def publish(self, address: Address, reply: Reply) -> Address:
        """Post a new message. Raises DeliveryError: a SlackRefusal says what Slack has against it."""
        self.abilities(address).check(Verb.PUBLISH)
        files = await self._uploads.ready(self._connected, reply.pictures, {})
        try:
            place = SlackAddress.of(address)
            posted = await self._post(place, self._message(place, reply, files))
        except SlackRefusal as refused:
            if refused.meaning is Meaning.PICTURE_REFUSED:
                self._uploads.forget(reply.pictures)
            raise
        return replace(posted, files=files).envelope

    async def direct(self, place: SlackAddress) -> SlackAddress:
        """Return the address of the user's direct messages. Raises DeliveryError."""
        try:
            with translated():
                opened = await self._connected.api.conversations_open(users=[place.user])
        except SlackRefusal as refused:
            if not refused.permanent:
                raise
            # https://docs.slack.dev/reference/methods/chat.postMessage: a user's id is taken for their direct messages.
            logger.info("posting by the user's id: %s", refused)
            return place.direct(place.user)
        return place.direct(str(opened["channel"]["id"]))

    @property
    def _connected(self) -> SlackClient:
        if self._client is None:
            raise NotConnected("Slack")
        return self._client

    async def _with_pictures(self, place: SlackAddress, reply: Reply, known: Files) -> SlackAddress:
        files = await self._uploads.ready(self._connected, reply.pictures, known)
        shown = await self._show(place, reply, files)
        return replace(shown, files=files or shown.files)

    async def _show(self, place: SlackAddress, reply: Reply, files: Files, *, bare: bool = False) -> SlackAddress:
        built = self._message(place, reply, files, bare=bare)
        try:
            if place.ts:
                return await self._update(place, built)
        except SlackRefusal as refused:
            if _is_closed(refused, bare=bare):
                return await self._elsewhere(place, reply, files, refused, bare=bare)
            if refused.meaning is not Meaning.GONE:
                raise
            logger.info("posting a new message: %s", refused)
        try:
            return await self._post(place, built)
        except SlackRefusal as refused:
            if not _is_closed(refused, bare=bare):
                raise
            return await self._elsewhere(place, reply, files, refused, bare=bare)

    async def _update(self, place: SlackAddress, built: Mapping[str, Any]) -> SlackAddress:
        # https://docs.slack.dev/reference/methods/chat.update: the blocks are sent each time, since a text alone
        # would keep the old ones; and they are built here, since Slack refuses the blocks that it returns.
        client = self._connected.api
        await _sent(lambda: client.chat_update(channel=place.channel, ts=place.ts, parse="none", **built))
        return place

    async def _post(self, place: SlackAddress, built: Mapping[str, Any]) -> SlackAddress:
        client = self._connected
        answer = await _sent(lambda: client.api.chat_postMessage(channel=place.channel, **_AS_IT_IS, **built))
        ts, channel = str(answer["ts"]), str(answer["channel"])
        return replace(place.seen(ts=ts, link=client.permalink(channel, ts)), channel=channel)

    async def _elsewhere(
        self, place: SlackAddress, reply: Reply, files: Files, closed: SlackRefusal, *, bare: bool
    ) -> SlackAddress:
        if place.moved:
            raise closed
        logger.info("showing it in a direct message: %s", closed)
        direct = replace(await self.direct(place), moved=True)
        return await self._post(direct, self._message(direct, reply, files, bare=bare))

    async def _tidy(self, before: SlackAddress, now: SlackAddress) -> None:
        """Delete the message that another one replaces, if Slack allows that: it would show "Drawing" for ever."""
        if before.ts and (before.channel, before.ts) != (now.channel, now.ts):
            try:
                await self.delete(before.envelope)
            except DeliveryError as error:
                logger.info("a message that is replaced stays: %s", error)

    def _message(self, place: SlackAddress, reply: Reply, files: Files, *, bare: bool = False) -> dict[str, Any]:
        if place.moved:
            reply = replace(reply, lines=(moved(speak(place.locale), place.conversation), *reply.lines))
        built = render.message(self._commands.renamed(reply), now=self._clock.now(), files=files)
        return {**built, "blocks": []} if bare else built


def _is_closed(refused: SlackRefusal, *, bare: bool) -> bool:
    """Return whether nothing can be shown there: the bot may not post, or not even a text alone is taken."""
    return refused.meaning is Meaning.CLOSED or (bare and refused.meaning in _UNFIT)


async def _sent(send: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Send, and retry soon while Slack still processes a file of the message. Raises DeliveryError."""
    with translated():
        return await _patiently(send)
