"""The ways to a message on Discord: by an interaction's token, by the bot in the channel, or directly.

A token works in any place where the user asked, for 15 minutes. The bot itself has to be a member, and sees no private
message.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import discord

from adapters.discord import render
from adapters.discord.address import DiscordAddress
from adapters.discord.files import FILE_LIMIT, Files
from adapters.discord.refusals import MessageGone, WayClosed, translated
from adapters.discord.wire import Wire, once
from bot.core.errors import NotConnected
from bot.core.language import speak
from bot.core.language.channels import deleted_here, deleted_there, moved
from bot.core.replies import Reply

# Discord's length for a nonce. The same nonce again within minutes returns the message that already exists, no matter
# where it is, or an error if it was deleted: https://github.com/discord/discord-api-docs/pull/6647
_NONCE_LENGTH = 25
_NO_ONE = discord.AllowedMentions.none()

# Discord's name for a response whose id may be unknown; discord.py types it as a number and passes it on.
ORIGINAL: Any = "@original"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Ways:
    """Each returns where the reply is shown now, or None if the address has no such way.

    Each raises WayClosed if Discord refuses, and DeliveryError if another try may succeed: NotConnected if it has to
    be the bot's own. Times are Discord's.
    """

    client: discord.Client | None
    """The connection, which only the bot's own ways need."""
    files: Files
    wire: Wire

    async def edit_response(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Edit the response, or what the user sees alone in its place, by the token."""
        if not self._lives(place) or (place.deleted and not place.alone):
            return None
        explained = _with_reason(place, reply)

        async def edit(files: Sequence[discord.File]) -> DiscordAddress:
            async with self.wire.webhook(place, self.client) as webhook:
                message = await webhook.edit_message(
                    _response(place),
                    content=render.text(explained),
                    attachments=files,
                    view=render.view(explained),
                    allowed_mentions=_NO_ONE,
                )
            return place.seen(message=message.id, private=message.flags.ephemeral)

        return await self.files.send(edit, render.pictures(explained), place.file_limit or FILE_LIMIT)

    async def edit_message(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Edit the message, as the bot."""
        message = self._message(place)
        if message is None:
            return None
        explained = _with_reason(place, reply)

        async def edit(files: Sequence[discord.File]) -> DiscordAddress:
            await message.edit(
                content=render.text(explained),
                attachments=files,
                view=render.view(explained),
                allowed_mentions=_NO_ONE,
            )
            return place.without_token().seen(message=message.id)

        return await self.files.send(edit, render.pictures(explained))

    async def post(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Post a new message in the channel, as the bot. The same one again is the message that is there already."""
        if place.private or place.moved:
            return None
        return await self._post(place, reply, place.interaction)

    async def post_publicly(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Post what only the user saw, in the same way."""
        return await self._post(replace(place, private=False), reply, f"{place.interaction} for all")

    async def follow_up(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Post a new message that all see, by the token."""
        if not self._lives(place):
            return None

        async def send(files: Sequence[discord.File]) -> discord.WebhookMessage:
            async with self.wire.webhook(place, self.client) as webhook:
                with once():
                    sent = await webhook.send(
                        render.text(reply),
                        files=files,
                        view=render.view(reply) or discord.utils.MISSING,
                        suppress_embeds=True,
                        allowed_mentions=_NO_ONE,
                        wait=True,
                    )
                if sent.flags.ephemeral:  # the server's rules decide that
                    await sent.delete()
                    raise WayClosed("the server lets no one else see it")
                return sent

        message = await self.files.send(send, render.pictures(reply), place.file_limit or FILE_LIMIT)
        return place.without_token().seen(message=message.id, private=False)

    async def begin_alone(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Post a new message that only the user sees, by the token: at first its words alone, since they are quick."""
        if not self._lives(place):
            return None
        words = _with_reason(place, replace(reply, pictures=(), buttons=()))
        async with translated(), self.wire.webhook(place, self.client) as webhook:
            webhook.type = discord.WebhookType.application  # what it is; discord.py takes it for another kind
            message = await webhook.send(
                render.text(words), ephemeral=True, suppress_embeds=True, allowed_mentions=_NO_ONE, wait=True
            )
        return place.seen(message=message.id, private=True)

    async def send_directly(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Post a direct message that says why it is one."""
        if not place.user:
            return None
        async with translated():
            direct = await self._bot.create_dm(discord.Object(int(place.user)))
        if place.deleted and str(direct.id) == place.channel:
            raise WayClosed("the message was deleted from the direct messages themselves")
        moved = replace(place, moved=True)
        sent = await self._create(direct, _with_reason(moved, reply), place.interaction)
        return place.direct(message=sent.id, channel=direct.id)

    async def mention(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Answer the message in the channel, as the bot, and mention the user. Raises Deleted if there isn't one."""
        if not place.channel:
            return None
        message = self._message(place)
        content = render.text(reply, asker=place.user)
        async with translated():
            await self._channel(place).send(
                content,
                reference=message.to_reference() if message else discord.utils.MISSING,
                nonce=_nonce(place.interaction, content),
                suppress_embeds=True,
                allowed_mentions=_only(place.user),
            )
        return place

    async def mention_by_token(self, place: DiscordAddress, reply: Reply) -> DiscordAddress | None:
        """Mention the user in a new message, by the token. Raises Deleted if there is nothing to announce."""
        if not self._lives(place):
            return None
        async with translated(), self.wire.webhook(place, self.client) as webhook:
            await webhook.fetch_message(_response(place))
            with once():
                await webhook.send(
                    render.text(reply, asker=place.user),
                    suppress_embeds=True,
                    allowed_mentions=_only(place.user),
                    wait=True,
                )
        return place

    async def delete_response(self, place: DiscordAddress) -> DiscordAddress | None:
        """Delete the response, by the token. One that is gone already is deleted."""
        if not self._lives(place):
            return None
        with suppress(MessageGone):
            async with translated(), self.wire.webhook(place, self.client) as webhook:
                await webhook.delete_message(_response(place))
        return place

    async def delete_message(self, place: DiscordAddress) -> DiscordAddress | None:
        """Delete the message, as the bot. One that is gone already is deleted."""
        message = self._message(place)
        if message is None:
            return None
        with suppress(MessageGone):
            async with translated():
                await message.delete()
        return place

    def _lives(self, place: DiscordAddress) -> bool:
        return place.token_lives(self.wire.clock.now())

    @property
    def _bot(self) -> discord.Client:
        if self.client is None:
            raise NotConnected("Discord")
        return self.client

    def _message(self, place: DiscordAddress) -> discord.PartialMessage | None:
        if place.private or not place.message or not place.channel:
            return None
        return self._channel(place).get_partial_message(int(place.message))

    def _channel(self, place: DiscordAddress) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(int(place.channel))

    async def _post(self, place: DiscordAddress, reply: Reply, named: str) -> DiscordAddress | None:
        if not place.channel:
            return None
        sent = await self._create(self._channel(place), reply, named)
        return place.without_token().seen(message=sent.id)

    async def _create(
        self, channel: discord.PartialMessageable | discord.DMChannel, reply: Reply, named: str
    ) -> discord.Message:
        content, view, pictures = render.text(reply), render.view(reply), render.pictures(reply)
        # It is known by its images, not by its words: how long these took, or what a new release says, changes.
        nonce = _nonce(named, str(channel.id), *(f"{picture.job}/{picture.index}" for picture in reply.pictures))

        async def send(files: Sequence[discord.File]) -> discord.Message:
            return await channel.send(
                content,
                files=files,
                view=view or discord.utils.MISSING,
                nonce=nonce,
                suppress_embeds=True,
                allowed_mentions=_NO_ONE,
            )

        return await self.files.send(send, pictures)


def _response(place: DiscordAddress) -> Any:
    return int(place.message) if place.alone else ORIGINAL


def _with_reason(place: DiscordAddress, reply: Reply) -> Reply:
    """Return the reply with a line that says why it isn't where it was asked for, if that is so."""
    texts = speak(place.locale)
    match place:
        case DiscordAddress(deleted=True, moved=True):
            why = deleted_there(texts, place.conversation)
        case DiscordAddress(deleted=True):
            why = deleted_here(texts)
        case DiscordAddress(moved=True):
            why = moved(texts, place.conversation)
        case _:
            return reply
    return replace(reply, lines=(why, *reply.lines))


def _only(user: str) -> discord.AllowedMentions:
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(int(user))])


def _nonce(*named: str) -> str:
    """Return a nonce for what is posted, so that posting it twice creates one message."""
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:_NONCE_LENGTH]
