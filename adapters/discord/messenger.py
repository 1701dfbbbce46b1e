"""Show, delete, announce and publish on Discord, each in the first way that is open."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import discord

from adapters.discord.address import DiscordAddress
from adapters.discord.files import FILE_LIMIT, Files, limits_of
from adapters.discord.refusals import MAY_BE_THE_WORDS, Deleted, OurFault, PictureRefused, WayClosed, WordsRefused
from adapters.discord.seal import Seal
from adapters.discord.ways import Ways
from adapters.discord.wire import Wire
from bot.core.chat import Abilities, Remember, Verb, forget
from bot.core.clock import Clock
from bot.core.errors import DeliveryError, MessageDeleted, NotConnected
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.language.channels import sent_directly, words_left_out
from bot.core.origin import Address
from bot.core.replies import Picture, Reply
from bot.core.retry import Repeated
from bot.core.ways_out import DIRECT, WaysOut

logger = logging.getLogger(__name__)

# Discord may call a right request wrong for a moment.
_TRIES, _FIRST_PAUSE = 3, 0.3

Way = Callable[..., Awaitable[DiscordAddress | None]]


class DiscordMessenger:
    """Implements `bot.core.chat.Messenger`. Addresses may come from any process."""

    def __init__(self, library: ImageLibrary, *, clock: Clock, seal: Seal, ways_out: WaysOut = DIRECT) -> None:
        self._files, self.wire = Files(library), Wire(clock, seal, ways_out)
        self._client: discord.Client | None = None

    def attach(self, client: discord.Client | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    def abilities(self, address: Address) -> Abilities:
        """Return what is possible at `address` now: a token is good for 15 minutes."""
        place = self._place(address)
        images = limits_of(place.file_limit or FILE_LIMIT, 1)
        return Abilities(
            verbs=place.verbs(self.wire.clock.now()),
            images=images,
            alone=place.private or place.deleted,
            direct=place.is_direct,
        )

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Edit the response, else its message as the bot, else post a new one, else a direct one.

        What Discord calls wrong is sent twice again, then without words, and if it has no pictures, without buttons.
        """
        place, ways, reply = self._place(address), self._ways(), self.wire.clock.shown(reply)
        if place.deleted:
            return _stays_deleted(place, reply)
        edits = (ways.edit_response, ways.edit_message)
        try:
            shown = await _edited_or_posted(edits, ways.post, place, reply)
        except Deleted:
            if reply.final:  # the deleted one may have been posted in the place of this one
                await _left((ways.delete_response, ways.delete_message), place)
            return _stays_deleted(place.gone(), reply)
        if not reply.final:  # not worth a new message or a direct one
            return shown.envelope if shown else address
        if shown:
            await self._tidy(ways, place, shown, remember)
            return shown.envelope
        if shown := await _first_open((ways.send_directly,), place, reply, tries=_TRIES):
            word = Reply(lines=(*reply.lines, sent_directly(speak(place.locale))))
            if not await _left(edits, place, word):
                await self._tidy(ways, place, shown, remember)
            return shown.envelope
        if not reply.pictures and (shown := await _first_open(edits, place, _bare(place, reply))):
            return shown.envelope
        if self._client is None:
            raise NotConnected("Discord")
        raise DeliveryError("Discord shows it nowhere", permanent=True)

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        """Post a message that only the user sees, by the token; once it is over, a direct one.

        Discord can't tell whether such a message was posted before. That it will be posted is stored first. The
        images take longer and are added to it afterwards.
        """
        self.abilities(address).check(Verb.SHOW_ALONE)
        place, ways, reply = self._place(address), self._ways(), self.wire.clock.shown(reply)
        if not place.followup and place.token_lives(self.wire.clock.now()):
            place = replace(place, followup=True)
            await remember(place.envelope)
            if begun := await _first_open((ways.begin_alone,), place, reply):
                place = begun
                await remember(place.envelope)
        return (await _shown_by((ways.edit_response, ways.edit_message, ways.send_directly), place, reply)).envelope

    async def delete(self, address: Address) -> None:
        """Delete the response, else its message as the bot."""
        self.abilities(address).check(Verb.DELETE)
        place, ways = self._place(address), self._ways()
        await _shown_by((ways.delete_response, ways.delete_message), place)

    async def notify(self, address: Address, reply: Reply) -> None:
        """Mention the user as the bot, else by the token; if the message was deleted, in no way.

        As the bot first: Discord then knows a repeated request by its nonce, and discord.py repeats some by itself.
        """
        self.abilities(address).check(Verb.NOTIFY)
        place, ways = self._place(address), self._ways()
        await _shown_by((ways.mention, ways.mention_by_token), place, self.wire.clock.shown(reply))

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Post it as the bot, else by the token: at once, with its images."""
        self.abilities(address).check(Verb.PUBLISH)
        place, ways = self._place(address), self._ways()
        return (await _shown_by((ways.post_publicly, ways.follow_up), place, self.wire.clock.shown(reply))).envelope

    async def edit_response(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Edit only the response itself: for replies that only the user may see. Raises DeliveryError, WayClosed."""
        shown = self.wire.clock.shown(reply)
        return await _with_or_without_words(self._ways().edit_response, place, shown, tries=_TRIES)

    async def still_stored(self, place: DiscordAddress, picture: Picture) -> bool:
        """Return whether an image has not been deleted meanwhile. Raises StorageError, ImageError."""
        return await self._files.still_stored(place, picture)

    async def _tidy(self, ways: Ways, before: DiscordAddress, now: DiscordAddress, remember: Remember) -> None:
        """Delete the message that another one replaces, if Discord allows that: it would go on showing "Drawing".

        First it is remembered which one that is, or the former one would be taken for deleted by people.
        """
        if before.message and before.message != now.message:
            await remember(now.envelope)
            await _left((ways.delete_response, ways.delete_message), before)

    def _place(self, address: Address) -> DiscordAddress:
        return self.wire.usable(DiscordAddress.of(address))

    def _ways(self) -> Ways:
        return Ways(client=self._client, files=self._files, wire=self.wire)


def _stays_deleted(place: DiscordAddress, reply: Reply) -> Address:
    if reply.final:
        raise MessageDeleted(place.envelope)
    return place.envelope


async def _edited_or_posted(
    edits: Sequence[Way], post: Way, place: DiscordAddress, reply: Reply
) -> DiscordAddress | None:
    """Edit a message; post a new one if it can't be edited and this is worth it. Raises Deleted, of either one."""
    try:
        shown = await _open_or_refused(edits, place, reply, tries=_TRIES if reply.final else 1)
        return shown if shown or not reply.final else await _open_or_refused((post,), place, reply, tries=_TRIES)
    except Deleted:
        raise
    except WayClosed:
        return None


async def _shown_by(ways: Sequence[Way], place: DiscordAddress, *reply: Reply) -> DiscordAddress:
    if shown := await _first_open(ways, place, *reply):
        return shown
    raise DeliveryError("Discord refuses it in every way", permanent=True)


async def _first_open(
    ways: Sequence[Way], place: DiscordAddress, *reply: Reply, tries: int = 1
) -> DiscordAddress | None:
    with suppress(WayClosed):
        return await _open_or_refused(ways, place, *reply, tries=tries)
    return None


async def _open_or_refused(
    ways: Sequence[Way], place: DiscordAddress, *reply: Reply, tries: int
) -> DiscordAddress | None:
    """Return where the first open way shows it; None if all are closed.

    Raises WayClosed if that is about the message rather than about the ways: somebody deleted it, or a server's filter
    refuses it, which isn't to be passed by another way.
    """
    deleted: Deleted | None = None
    not_connected: NotConnected | None = None
    for way in ways:
        try:
            if shown := await _with_or_without_words(way, place, *reply, tries=tries):
                return shown
        except WayClosed as closed:
            logger.info("interaction %s: %s is closed: %s", place.interaction, way.__name__, closed)
            if isinstance(closed, (WordsRefused, PictureRefused)):
                raise
            if isinstance(closed, Deleted):
                deleted = closed
        except NotConnected as error:  # an interaction's token needs no connection
            not_connected = error
    if deleted:
        raise deleted
    if not_connected:
        raise not_connected
    return None


async def _with_or_without_words(way: Way, place: DiscordAddress, *reply: Reply, tries: int) -> DiscordAddress | None:
    """Show a reply. If its words may be refused, show it once more without the words of people and models."""
    repeatedly = Repeated(OurFault, first_pause=_FIRST_PAUSE, attempts=tries)
    try:
        return await repeatedly(way, place, *reply)
    except MAY_BE_THE_WORDS as refused:
        if not reply:
            raise
        logger.info("interaction %s: once more without words: %s", place.interaction, refused)
        why = words_left_out(speak(place.locale))
        return await way(place, *(each.without_words(why) for each in reply))


async def _left(ways: Sequence[Way], place: DiscordAddress, *reply: Reply) -> bool:
    """Write into, or delete, a message that another one replaces. Return whether that was possible."""
    try:
        return await _first_open(ways, place, *reply) is not None
    except DeliveryError as error:
        logger.info("interaction %s: what is replaced stays: %s", place.interaction, error)
        return False


def _bare(place: DiscordAddress, reply: Reply) -> Reply:
    return replace(reply.without_words(words_left_out(speak(place.locale))), buttons=())
