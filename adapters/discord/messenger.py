"""Show replies on Discord: edit the response, else edit its message as the bot, else post a new or a direct message."""

import hashlib
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord

from adapters.discord import render
from adapters.discord.address import DiscordAddress
from adapters.discord.refusals import TooLarge, WayClosed, translated
from bot.core.clock import Clock
from bot.core.errors import DeliveryError
from bot.core.images.library import ImageLibrary
from bot.core.language import speak
from bot.core.model import Address, ImageLimits
from bot.core.replies import Line, Picture, Reply

logger = logging.getLogger(__name__)

# Per file, without boosts: https://docs.discord.com/developers/reference#uploading-files
_FILE_LIMIT = 10 * 1024 * 1024
# The whole request for a message may have 25 MiB.
_REQUEST_LIMIT = 24 * 1024 * 1024
# Discord's length for a nonce; the same nonce again within minutes returns the message that already exists.
_NONCE_LENGTH = 25
# After a refusal because of the size, the limit for another try is divided by this.
_SMALLER = 4

# Discord's name for a response whose id may be unknown; discord.py types it as a number and passes it on.
ORIGINAL: Any = "@original"

Way = Callable[[discord.Client, DiscordAddress, Reply], Awaitable[DiscordAddress | None]]
Send = Callable[[Sequence[discord.File]], Awaitable[DiscordAddress]]


class DiscordMessenger:
    """Shows replies at addresses, whichever process the addresses come from."""

    def __init__(self, library: ImageLibrary, *, clock: Clock) -> None:
        self._library, self._clock = library, clock
        self._client: discord.Client | None = None

    def attach(self, client: discord.Client | None) -> None:
        """Use this connection from now on; None means not connected."""
        self._client = client

    def image_limits(self, address: Address) -> ImageLimits:
        """Return the limits for one image of a response."""
        return _limits(DiscordAddress.of(address).file_limit or _FILE_LIMIT, 1)

    async def show(self, address: Address, reply: Reply) -> Address:
        """Show `reply` at `address`. Raises DeliveryError."""
        client, place = self._connected(), DiscordAddress.of(address)
        edits: tuple[Way, ...] = (self._edit_response, self._edit_message)
        if not reply.final:  # not worth a new message or a direct one
            shown = await self._first_open(edits, client, place, reply)
            return shown.envelope if shown else address
        if shown := await self._first_open((*edits, self._post), client, place, reply):
            return shown.envelope
        texts = speak(place.locale)
        if shown := await self._first_open((self._send_directly,), client, place, reply):
            await self._leave_word(client, place, reply, texts.sent_directly())
            return shown.envelope
        if reply.pictures:
            await self._leave_word(client, place, reply, texts.undelivered())
        raise DeliveryError("Discord shows it nowhere", permanent=True)

    async def edit_response(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Edit only the response itself: for replies that only the user may see. Raises DeliveryError, WayClosed."""
        return await self._edit_response(self._connected(), place, reply)

    async def still_stored(self, place: DiscordAddress, picture: Picture) -> bool:
        """Return whether an image has not been deleted meanwhile. Raises StorageError, ImageError."""
        try:
            await self._library.file(picture, _limits(place.file_limit or _FILE_LIMIT, 1))
        except KeyError:
            return False
        return True

    def _connected(self) -> discord.Client:
        if self._client is None:
            raise DeliveryError("not connected to Discord")
        return self._client

    async def _first_open(
        self, ways: Sequence[Way], client: discord.Client, place: DiscordAddress, reply: Reply
    ) -> DiscordAddress | None:
        for way in ways:
            try:
                if shown := await way(client, place, reply):
                    return shown
            except WayClosed as closed:
                logger.info("interaction %s: %s is closed: %s", place.interaction, way.__name__.strip("_"), closed)
        return None

    async def _edit_response(
        self, client: discord.Client, place: DiscordAddress, reply: Reply
    ) -> DiscordAddress | None:
        if not place.token_lives(self._clock.now()):
            return None
        webhook = discord.Webhook.partial(int(place.application), place.token, client=client)

        async def send(files: Sequence[discord.File]) -> DiscordAddress:
            message = await webhook.edit_message(
                ORIGINAL,
                content=render.text(reply),
                attachments=files,
                view=render.view(reply),
                allowed_mentions=discord.AllowedMentions.none(),
            )
            return place.seen(message=message.id, private=message.flags.ephemeral)

        return await self._send(send, reply, place.file_limit or _FILE_LIMIT)

    async def _edit_message(self, client: discord.Client, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        if place.private or not place.message or not place.channel:
            return None
        message = _channel(client, place).get_partial_message(int(place.message))
        explained = self._with_reason(place, reply) if place.moved else reply

        async def send(files: Sequence[discord.File]) -> DiscordAddress:
            await message.edit(
                content=render.text(explained),
                attachments=files,
                view=render.view(explained),
                allowed_mentions=discord.AllowedMentions.none(),
            )
            return place.without_token().seen(message=message.id)

        return await self._send(send, explained, _FILE_LIMIT)

    async def _post(self, client: discord.Client, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        if place.private or place.moved or not place.channel:
            return None
        return await self._create(
            _channel(client, place), place, reply, lambda sent: place.without_token().seen(message=sent.id)
        )

    async def _send_directly(
        self, client: discord.Client, place: DiscordAddress, reply: Reply
    ) -> DiscordAddress | None:
        async with translated():
            direct = await client.create_dm(discord.Object(int(place.user)))
        explained = self._with_reason(place, reply)
        return await self._create(
            direct, place, explained, lambda sent: place.direct(message=sent.id, channel=direct.id)
        )

    async def _create(
        self,
        channel: discord.abc.Messageable,
        place: DiscordAddress,
        reply: Reply,
        seen: Callable[[discord.Message], DiscordAddress],
    ) -> DiscordAddress:
        content, view = render.text(reply), render.view(reply)

        async def send(files: Sequence[discord.File]) -> DiscordAddress:
            message = await channel.send(
                content,
                files=files,
                view=view or discord.utils.MISSING,
                nonce=_nonce(place, content, reply.pictures),
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
            return seen(message)

        return await self._send(send, reply, _FILE_LIMIT)

    async def _send(self, send: Send, reply: Reply, file_limit: int) -> DiscordAddress:
        pictures = render.pictures(reply)
        limits = _limits(file_limit, len(pictures))
        try:
            return await self._attempt(send, pictures, limits)
        except TooLarge:
            if not pictures:
                raise
            smaller = replace(limits, max_bytes=min(limits.max_bytes, _FILE_LIMIT) // _SMALLER)
            return await self._attempt(send, pictures, smaller)

    async def _attempt(self, send: Send, pictures: Sequence[Picture], limits: ImageLimits) -> DiscordAddress:
        files = [await self._file(picture, limits) for picture in pictures]
        async with translated():
            return await send(files)

    async def _file(self, picture: Picture, limits: ImageLimits) -> discord.File:
        image = await self._library.file(picture, limits)
        return discord.File(io.BytesIO(image.data), filename=image.name, description=picture.alt[: render.MAX_ALT])

    async def _leave_word(self, client: discord.Client, place: DiscordAddress, reply: Reply, word: Line) -> None:
        """Add `word` to the message in the conversation where the user asked, if that message can still be edited."""
        left = Reply(lines=(*reply.lines, word))
        with suppress(DeliveryError):
            await self._first_open((self._edit_response, self._edit_message), client, place, left)

    def _with_reason(self, place: DiscordAddress, reply: Reply) -> Reply:
        return replace(reply, lines=(speak(place.locale).moved(place.conversation), *reply.lines))


def _limits(file_limit: int, count: int) -> ImageLimits:
    return ImageLimits(max_bytes=min(file_limit, _REQUEST_LIMIT // max(count, 1)))


def _channel(client: discord.Client, place: DiscordAddress) -> discord.PartialMessageable:
    return client.get_partial_messageable(int(place.channel))


def _nonce(place: DiscordAddress, content: str, pictures: Sequence[Picture]) -> str:
    """Return a nonce for what is posted, so that posting it twice creates one message."""
    named = [place.interaction, content, *(f"{picture.job}/{picture.index}" for picture in pictures)]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:_NONCE_LENGTH]
