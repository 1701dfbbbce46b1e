"""Pictures that only the user sees: added to a response that is already acknowledged and waits for them."""

import asyncio
import logging
from dataclasses import replace

from adapters.discord.messenger import DiscordMessenger
from adapters.discord.refusals import WayClosed
from bot.core.errors import BotError
from bot.core.language import speak
from bot.core.model import Address
from bot.core.replies import Picture, Reply

logger = logging.getLogger(__name__)

# A worker tries again later to show a public message. No one tries this one again.
_PAUSES = (0.0, 0.5, 2.0, 5.0)


class PrivateImages:
    """Fills such responses; if pictures can't be shown, it tries to say so."""

    def __init__(self, messenger: DiscordMessenger) -> None:
        self._messenger = messenger

    async def show(self, address: Address, reply: Reply, locale: str) -> None:
        """Show the reply, or the part that can be shown and a sentence about the rest."""
        try:
            if await self._filled(address, reply):
                return
        except KeyError:
            reply = await self._kept(address, reply)
        said = replace(reply, lines=(*reply.lines, speak(locale).pictures_missing()))
        if not await self._filled(address, said) and not await self._filled(address, _without_pictures(said)):
            logger.warning("interaction %s stays unanswered", address.place["interaction"])

    async def _filled(self, address: Address, reply: Reply) -> bool:
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            try:
                return await self._messenger.edit_response(address, reply) is not None
            except WayClosed as closed:
                logger.info("interaction %s: not taken: %s", address.place["interaction"], closed)
                return False
            except BotError as error:
                logger.info("interaction %s: not shown yet: %s", address.place["interaction"], error)
        return False

    async def _kept(self, address: Address, reply: Reply) -> Reply:
        """Return the reply without the pictures that have been deleted."""
        entries = [replace(entry, pictures=await self._still(address, entry.pictures)) for entry in reply.entries]
        return replace(reply, pictures=await self._still(address, reply.pictures), entries=tuple(entries))

    async def _still(self, address: Address, pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
        return tuple([picture for picture in pictures if await self._messenger.still_stored(address, picture)])


def _without_pictures(reply: Reply) -> Reply:
    return replace(reply, pictures=(), entries=tuple(replace(entry, pictures=()) for entry in reply.entries))
