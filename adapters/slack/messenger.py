"""Show, delete, announce and publish on Slack."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from adapters.slack import render
from adapters.slack.address import Files, SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.file_refusals import FileRefusals
from adapters.slack.refusals import SlackRefusal, may_be_theirs, text_in, thread_gone, translated
from adapters.slack.shortcuts import confirmation
from adapters.slack.uploads import LIMITS, Uploads
from bot.core.chat import Abilities, Meaning, Remember, Verb, forget
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, FilesRefused, MessageDeleted, NotConnected
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.language.channels import deleted_there, moved, words_left_out
from bot.core.origin import Address
from bot.core.platform_clock import PlatformClock
from bot.core.replies import Reply
from bot.core.retry import repeated

logger = logging.getLogger(__name__)

_MOST_UPLOADS = 2
_thrice = repeated(may_be_theirs, first_pause=0.3, attempts=3)
_UNFIT = frozenset({Meaning.OUR_FAULT, Meaning.WORDS_REFUSED, Meaning.PICTURE_REFUSED})
# Slack makes no links, previews or mentions of the text.
_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


class SlackMessenger:
    """Implements `bot.core.chat.Messenger`. An address holds the ids of the message and of its uploaded files."""

    def __init__(
        self,
        library: ImageLibrary,
        *,
        clock: Clock,
        commands: SlackCommands,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.clock = PlatformClock(clock, "Slack")
        self._commands = commands
        self._uploads = Uploads(library, clock, pause)
        self.file_refusals = FileRefusals(clock)
        self._client: SlackClient | None = None
        self._icons = True
        """Whether Slack takes buttons that are icons, as far as is known."""

    def attach(self, client: SlackClient | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    def abilities(self, address: Address) -> Abilities:
        """Return what is possible at `address`, and what an image block can show."""
        place = SlackAddress.of(address)
        return Abilities(verbs=place.verbs, images=LIMITS, alone=place.deleted, direct=place.is_direct)

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Edit the message, post a new one if it can't be edited, or a direct one if posting is not allowed.

        What Slack calls wrong is sent twice again, then as a text alone; words that it doesn't take are left out.
        Raises DeliveryError: a permanent one if pictures are refused, so that words are shown in their place.
        """
        place = SlackAddress.of(address)
        try:
            if place.deleted:
                raise MessageDeleted(address)  # noqa: TRY301
            if place.ts and not reply.final and not self._connected.api.pace.leaves_room("chat.update"):
                return address  # what the message says is a little old, until there is more room, or an outcome
            shown = await self._shown_in_any_form(place, reply, remember)
        except MessageDeleted as deleted:
            if reply.final:
                raise
            return deleted.address
        await self._tidy(place, shown, remember)
        if reply.final and not reply.pictures and shown.files:  # a text in place of images that can't be shown
            await self._uploads.discard(self._connected, shown.files)
            shown = replace(shown, files={})
        return shown.envelope

    async def remove_files(self, address: Address, reply: Reply) -> Address:
        """Delete the files of a message, and show `reply` in it; no other message is posted. Raises DeliveryError."""
        place = SlackAddress.of(address)
        await self._uploads.remove(self._connected, place.files)
        bare = replace(place, files={})
        if place.ts:
            try:
                await self._let_through(self._changed, bare, reply)
            except SlackRefusal as refused:
                if not refused.permanent:
                    raise
                logger.info("a message whose images were removed stays as it is: %s", refused)
        return bare.envelope

    async def _changed(self, place: SlackAddress, reply: Reply) -> SlackAddress:
        return await self._update(place, self._message(place, reply))

    async def clear_up(self) -> None:
        """Delete uploads that no message shows, as far as they couldn't be deleted at once. Raises NotConnected."""
        await self._uploads.clear_up(self._connected)

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        """Send it as a direct message: at first its words, so that the images, which take longer, are sent once."""
        self.abilities(address).check(Verb.SHOW_ALONE)
        place = SlackAddress.of(address)
        try:
            if not place.moved:
                place = await self._begin_alone(place, reply)
                await remember(place.envelope)
            return (await self._shown_in_any_form(place, reply, remember)).envelope
        except MessageDeleted as deleted:
            raise DeliveryError("the direct message was deleted, too", permanent=True) from deleted

    async def delete(self, address: Address) -> None:
        """Delete the bot's own message, and the files that it shows. What is gone already is deleted.

        A refusal that is about the message, or one of the files, doesn't keep the others.
        """
        self.abilities(address).check(Verb.DELETE)
        place, refused = SlackAddress.of(address), None
        for delete in (
            *([partial(self._delete_message, address)] if place.ts else ()),
            *(partial(self._uploads.delete, self._connected, file) for file in place.files.values()),
        ):
            try:
                await delete()
            except SlackRefusal as error:
                if not error.permanent:
                    raise
                refused = error
        if refused:
            raise refused

    async def _delete_message(self, address: Address) -> None:
        place, client = SlackAddress.of(address), self._connected.api
        try:
            with translated():
                await client.chat_delete(channel=place.channel, ts=place.ts)
        except SlackRefusal as refused:
            if refused.meaning is not Meaning.DELETED:
                raise

    async def notify(self, address: Address, reply: Reply) -> None:
        """Answer the message in its thread, and mention the user; if the message was deleted, in no way.

        Slack posts the answer to a deleted message beside no thread, and says so only by leaving out the thread's name.
        """
        self.abilities(address).check(Verb.NOTIFY)
        place, client = SlackAddress.of(address), self._connected.api
        built = self.rendered(reply, asker=place.user)
        with translated():
            answer = await client.chat_postMessage(
                channel=place.channel, thread_ts=place.thread or place.ts or None, **_AS_IT_IS, **built
            )
            in_thread, ts = "thread_ts" in answer["message"], str(answer["ts"])
        if place.ts and not in_thread:
            await self._delete_message(replace(place, ts=ts).envelope)

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Post a new message: at first its words, which show whether it may stand there, and then with its images.

        Raises DeliveryError: a SlackRefusal says what Slack has against it.
        """
        self.abilities(address).check(Verb.PUBLISH)
        words = replace(reply, pictures=(), buttons=()) if reply.pictures else reply
        place = await self._let_through(self._post_reply, SlackAddress.of(address), words)
        if not reply.pictures:
            return place.envelope
        await remember(place.envelope)
        try:
            place = await _thrice(self._uploaded, place, reply, remember)
            change = partial(self._let_through, self._changed, place, reply)
            return (await self._uploads.once_processed(self._connected, place, change, patiently=True)).envelope
        except SlackRefusal as refused:
            if refused.meaning is Meaning.PICTURE_REFUSED:
                self._uploads.forget(reply.pictures)
            if refused.meaning is Meaning.NO_FILES:
                raise FilesRefused(refused.code) from refused
            raise

    async def direct(self, place: SlackAddress) -> SlackAddress:
        """Return the address of the user's direct messages. Raises DeliveryError."""
        try:
            with translated():
                opened = await self._connected.api.conversations_open(users=[place.user])
                return place.direct(text_in(opened, "channel", "id"))
        except SlackRefusal as refused:
            if not refused.permanent:
                raise
            # https://docs.slack.dev/reference/methods/chat.postMessage: a user's id is taken for their direct messages.
            logger.info("posting by the user's id: %s", refused)
            return place.direct(place.user)

    @property
    def _connected(self) -> SlackClient:
        if self._client is None:
            raise NotConnected("Slack")
        return self._client

    async def _begin_alone(self, place: SlackAddress, reply: Reply) -> SlackAddress:
        direct = replace(await self.direct(place), moved=True)
        if direct.channel == place.channel:  # what was deleted stood there
            raise MessageDeleted(place.envelope)
        return await self._let_through(self._post_reply, direct, replace(reply, pictures=(), buttons=()))

    async def _shown_in_any_form(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Show a reply with its pictures; one that has none, and is refused as it is, as a text alone."""
        try:
            return await self._shown(place, reply, remember)
        except SlackRefusal as refused:
            if refused.meaning is Meaning.NO_FILES:
                raise FilesRefused(refused.code) from refused
            if refused.meaning not in _UNFIT or not reply.final or reply.pictures:
                raise
            logger.error("showing the text alone: %s", refused)  # noqa: TRY400
            return await self._show(place, reply, bare=True)

    async def _shown(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Show a reply with its pictures. Files that Slack doesn't show are uploaded once more."""
        while True:
            try:
                place = await _thrice(self._uploaded, place, reply, remember)
                show = partial(self._let_through, self._show, place, reply)
                return await self._uploads.once_processed(self._connected, place, show)
            except SlackRefusal as refused:
                if refused.meaning is not Meaning.PICTURE_REFUSED or not reply.pictures:
                    raise
                self._uploads.forget(reply.pictures)
                if not place.files:
                    raise
                await self._uploads.discard(self._connected, place.files)
                is_last = len(place.uploaded) >= _MOST_UPLOADS
                place = replace(place, files={}, uploaded=() if is_last else place.uploaded)
                await remember(place.envelope)
                if is_last:
                    raise

    async def _uploaded(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Upload the pictures that aren't yet, and remember at once that they are."""
        try:
            files, completed = await self._uploads.completed(self._connected, reply.pictures, place.files)
        except SlackRefusal as refused:
            if refused.meaning is Meaning.NO_FILES:
                self.file_refusals.refused(place.team, refused.code)
            raise
        if all(key in place.files for key in files):
            return place
        self.file_refusals.taken(place.team)
        place = replace(place, files=files, uploaded=(*place.uploaded, completed))
        await remember(place.envelope)
        return place

    async def _let_through(
        self, send: Callable[[SlackAddress, Reply], Awaitable[SlackAddress]], place: SlackAddress, reply: Reply
    ) -> SlackAddress:
        """Send a reply, again if Slack calls it wrong; without the words of people and models if it refuses words."""
        try:
            return await _thrice(send, place, reply)
        except SlackRefusal as refused:
            if refused.icons and self._icons:
                logger.warning("Slack takes no icons: Delete is a button from now on: %s", refused)
                self._icons = False
                return await self._let_through(send, place, reply)
            if refused.meaning is not Meaning.WORDS_REFUSED:
                raise
            logger.info("once more without words: %s", refused)
            return await send(place, reply.without_words(words_left_out(speak(place.locale))))

    async def _show(self, place: SlackAddress, reply: Reply, *, bare: bool = False) -> SlackAddress:
        built = self._message(place, reply, bare=bare)
        try:
            if place.ts:
                return await self._update(place, built)
        except SlackRefusal as refused:
            if _is_closed(refused, bare=bare):
                return await self._elsewhere(place, reply, refused, bare=bare)
            if refused.meaning is Meaning.DELETED:
                raise MessageDeleted(place.gone().envelope) from refused
            if refused.meaning is not Meaning.GONE:
                raise
            logger.info("posting a new message: %s", refused)
        try:
            return await self._post(place, built)
        except SlackRefusal as refused:
            if not _is_closed(refused, bare=bare):
                raise
            return await self._elsewhere(place, reply, refused, bare=bare)

    async def _update(self, place: SlackAddress, built: Mapping[str, Any]) -> SlackAddress:
        # https://docs.slack.dev/reference/methods/chat.update: the blocks are sent each time, since a text alone
        # would keep the old ones; and they are built here, since Slack refuses the blocks that it returns.
        client = self._connected.api
        with translated():
            await client.chat_update(channel=place.channel, ts=place.ts, parse="none", **built)
        return place

    async def _post_reply(self, place: SlackAddress, reply: Reply) -> SlackAddress:
        return await self._post(place, self._message(place, reply))

    async def _post(self, place: SlackAddress, built: Mapping[str, Any]) -> SlackAddress:
        """Post a message. To a thread that is gone Slack posts beside it: that is taken back."""
        client = self._connected
        with translated():
            answer = await client.api.chat_postMessage(
                channel=place.channel, thread_ts=place.thread or None, **_AS_IT_IS, **built
            )
            ts, channel = text_in(answer, "ts"), text_in(answer, "channel")
            in_thread = not place.thread or "thread_ts" in answer["message"]
        posted = replace(place.seen(ts=ts, link=client.permalink(channel, ts, place.thread)), channel=channel)
        if not in_thread:
            await self._delete_message(posted.envelope)
            raise thread_gone()
        return posted

    async def _elsewhere(self, place: SlackAddress, reply: Reply, closed: SlackRefusal, *, bare: bool) -> SlackAddress:
        if place.moved:
            raise closed
        logger.info("showing it in a direct message: %s", closed)
        direct = replace(await self.direct(place), moved=True)
        return await self._post(direct, self._message(direct, reply, bare=bare))

    async def _tidy(self, before: SlackAddress, now: SlackAddress, remember: Remember) -> None:
        """Delete the message that another one replaces, if Slack allows that: it would show "Drawing" for ever.

        First it is remembered which one that is, or the former one would be taken for deleted by people.
        """
        if before.ts and (before.channel, before.ts) != (now.channel, now.ts):
            await remember(now.envelope)
            try:
                await self._delete_message(before.envelope)
            except DeliveryError as error:
                logger.info("a message that is replaced stays: %s", error)

    def rendered(
        self, reply: Reply, *, files: Files | None = None, asker: str = "", trash: render.Trash | None = None
    ) -> dict[str, Any]:
        """Return a reply as Slack takes it, with the times that are right by Slack's clock."""
        shown = self.clock.shown(self._commands.renamed(reply))
        return render.message(shown, now=self.clock.now(), files=files, asker=asker, trash=trash)

    def _message(self, place: SlackAddress, reply: Reply, *, bare: bool = False) -> dict[str, Any]:
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


def _is_closed(refused: SlackRefusal, *, bare: bool) -> bool:
    """Return whether nothing can be shown there: the bot may not post, or not even a text alone is taken."""
    return refused.meaning is Meaning.CLOSED or (bare and refused.meaning in _UNFIT)
