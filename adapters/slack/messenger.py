"""Show, delete, announce and publish on Slack."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from adapters.slack.address import SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.file_refusals import FileRefusals
from adapters.slack.messages import Messages, three_times
from adapters.slack.refusals import SlackRefusal
from adapters.slack.uploads import LIMITS, Uploads
from bot.core.chat import Abilities, Meaning, Remember, Verb, forget
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, FilesRefused, MessageDeleted
from bot.core.images.library import ImageLibrary
from bot.core.origin import Address
from bot.core.replies import Reply

logger = logging.getLogger(__name__)

_MOST_UPLOADS = 2
_UNFIT = frozenset({Meaning.OUR_FAULT, Meaning.WORDS_REFUSED, Meaning.PICTURE_REFUSED})


class _Begun(Exception):
    """A new message has its words, and is to be changed into one with its images.

    Slack can't tell whether a message was posted before: if the answer were lost, the images would be shown twice.
    """

    def __init__(self, place: SlackAddress) -> None:
        super().__init__()
        self.place = place


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
        self.messages = Messages(clock, commands)
        self._uploads = Uploads(library, clock, pause)
        self.file_refusals = FileRefusals(clock)

    def attach(self, client: SlackClient | None) -> None:
        """Use this connection from now on; None means not connected."""
        self.messages.attach(client)

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
            if place.ts and not reply.final and not self.messages.connected.api.pace.leaves_room("chat.update"):
                return address  # the message stays a little out of date, until there is more room, or an outcome
            shown = await self._shown_in_any_form(place, reply, remember)
        except MessageDeleted as deleted:
            if reply.final:
                raise
            return deleted.address
        if reply.final and not reply.pictures and shown.files:  # a text in place of images that can't be shown
            await self._uploads.discard(self.messages.connected, shown.files)
            shown = replace(shown, files={})
        return shown.envelope

    async def remove_files(self, address: Address, reply: Reply) -> Address:
        """Delete the files of a message, and show `reply` in it; no other message is posted. Raises DeliveryError."""
        place = SlackAddress.of(address)
        await self._uploads.remove(self.messages.connected, place.files)
        bare = replace(place, files={})
        if place.ts:
            try:
                await self.messages.let_through(self.messages.change, bare, reply)
            except SlackRefusal as refused:
                if not refused.permanent:
                    raise
                logger.info("a message whose images were removed stays as it is: %s", refused)
        return bare.envelope

    async def clear_up(self) -> None:
        """Delete uploads that no message shows, as far as they couldn't be deleted at once. Raises NotConnected."""
        await self._uploads.clear_up(self.messages.connected)

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
        """Delete the bot's own message, and the files that it shows. A message that is already gone counts as deleted.

        A refusal that is about the message, or one of the files, doesn't keep the others.
        """
        self.abilities(address).check(Verb.DELETE)
        place, refused = SlackAddress.of(address), None
        for delete in (
            *([partial(self.messages.delete, place)] if place.ts else ()),
            *(partial(self._uploads.delete, self.messages.connected, file) for file in place.files.values()),
        ):
            try:
                await delete()
            except SlackRefusal as error:
                if not error.permanent:
                    raise
                refused = error
        if refused:
            raise refused

    async def notify(self, address: Address, reply: Reply) -> None:
        """Answer the message in its thread, and mention the user; if the message was deleted, in no way."""
        self.abilities(address).check(Verb.NOTIFY)
        await self.messages.answer(SlackAddress.of(address), reply)

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Post a new message: at first its words, which show whether it may stand there, and then with its images.

        Raises DeliveryError: a SlackRefusal says what Slack has against it.
        """
        self.abilities(address).check(Verb.PUBLISH)
        words = replace(reply, pictures=(), buttons=()) if reply.pictures else reply
        place = await self.messages.let_through(self.messages.post, SlackAddress.of(address), words)
        if not reply.pictures:
            return place.envelope
        await remember(place.envelope)
        try:
            place = await three_times(self._uploaded, place, reply, remember)
            change = partial(self.messages.let_through, self.messages.change, place, reply)
            return (await self._uploads.once_processed(self.messages.connected, place, change, patiently=True)).envelope
        except SlackRefusal as refused:
            if refused.meaning is Meaning.PICTURE_REFUSED:
                self._uploads.forget(reply.pictures)
            if refused.meaning is Meaning.NO_FILES:
                raise FilesRefused(refused.code) from refused
            raise

    async def _begin_alone(self, place: SlackAddress, reply: Reply) -> SlackAddress:
        direct = replace(await self.messages.direct(place), moved=True)
        if direct.channel == place.channel:  # the deleted one stood there
            raise MessageDeleted(place.envelope)
        return await self.messages.let_through(self.messages.post, direct, replace(reply, pictures=(), buttons=()))

    async def _shown_in_any_form(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Show a reply with its pictures; one without pictures that is refused as it is, as a text alone."""
        try:
            return await self._shown(place, reply, remember)
        except SlackRefusal as refused:
            if refused.meaning is Meaning.NO_FILES:
                raise FilesRefused(refused.code) from refused
            if refused.meaning not in _UNFIT or not reply.final or reply.pictures:
                raise
            logger.error("showing the text alone: %s", refused)  # noqa: TRY400
            return await self._tidied(place, await self._show(place, reply, bare=True), remember)

    async def _shown(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Show a reply with its pictures. Files that Slack doesn't show are uploaded once more."""
        begins = bool(reply.pictures)
        while True:
            try:
                place = await three_times(self._uploaded, place, reply, remember)
                show = partial(self.messages.let_through, partial(self._show, begins=begins), place, reply)
                shown = await self._uploads.once_processed(self.messages.connected, place, show)
                return await self._tidied(place, shown, remember)
            except _Begun as begun:
                if not place.ts:
                    await remember(begun.place.envelope)
                place, begins = await self._tidied(place, begun.place, remember), False
            except SlackRefusal as refused:
                if refused.meaning is not Meaning.PICTURE_REFUSED or not reply.pictures:
                    raise
                self._uploads.forget(reply.pictures)
                if not place.files:
                    raise
                await self._uploads.discard(self.messages.connected, place.files)
                is_last = len(place.uploaded) >= _MOST_UPLOADS
                place = replace(place, files={}, uploaded=() if is_last else place.uploaded)
                await remember(place.envelope)
                if is_last:
                    raise

    async def _uploaded(self, place: SlackAddress, reply: Reply, remember: Remember) -> SlackAddress:
        """Upload the pictures that aren't yet, and remember at once that they are."""
        try:
            files, completed = await self._uploads.completed(self.messages.connected, reply.pictures, place.files)
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

    async def _show(
        self, place: SlackAddress, reply: Reply, *, bare: bool = False, begins: bool = False
    ) -> SlackAddress:
        """Change the message, else post a new one. One that `begins` has only words at first: see `_Begun`."""
        try:
            if place.ts:
                return await self.messages.change(place, reply, bare=bare)
        except SlackRefusal as refused:
            if _is_closed(refused, bare=bare):
                return await self._elsewhere(place, reply, refused, bare=bare, begins=begins)
            if refused.meaning is Meaning.DELETED:
                raise MessageDeleted(place.gone().envelope) from refused
            if refused.meaning is not Meaning.GONE:
                raise
            logger.info("posting a new message: %s", refused)
        try:
            return await self._post(place, reply, bare=bare, begins=begins)
        except SlackRefusal as refused:
            if not _is_closed(refused, bare=bare):
                raise
            return await self._elsewhere(place, reply, refused, bare=bare, begins=begins)

    async def _elsewhere(
        self, place: SlackAddress, reply: Reply, closed: SlackRefusal, *, bare: bool, begins: bool
    ) -> SlackAddress:
        if place.moved:
            raise closed
        logger.info("showing it in a direct message: %s", closed)
        direct = replace(await self.messages.direct(place), moved=True)
        return await self._post(direct, reply, bare=bare, begins=begins)

    async def _post(self, place: SlackAddress, reply: Reply, *, bare: bool, begins: bool) -> SlackAddress:
        if begins:
            raise _Begun(await self.messages.post(place, replace(reply, pictures=(), buttons=())))
        return await self.messages.post(place, reply, bare=bare)

    async def _tidied(self, before: SlackAddress, now: SlackAddress, remember: Remember) -> SlackAddress:
        """Delete the message that another one replaces, if Slack allows that: it would go on showing "Drawing".

        First it is remembered which one that is, or the former one would be taken for deleted by people.
        """
        if before.ts and (before.channel, before.ts) != (now.channel, now.ts):
            await remember(now.envelope)
            try:
                await self.messages.delete(before)
            except DeliveryError as error:
                logger.info("a message that is replaced stays: %s", error)
        return now


def _is_closed(refused: SlackRefusal, *, bare: bool) -> bool:
    """Return whether nothing can be shown there: the bot may not post, or not even a text alone is taken."""
    return refused.meaning is Meaning.CLOSED or (bare and refused.meaning in _UNFIT)
