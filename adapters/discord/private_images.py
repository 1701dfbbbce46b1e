"""Pictures that only the user sees: added to a response that is already acknowledged and waits for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from adapters.discord.address import DiscordAddress
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.refusals import WayClosed
from adapters.discord.waits import LONGEST_MOMENT
from bot.core.errors import BotError, DeliveryError, ImageGone
from bot.core.language import speak
from bot.core.language.channels import pictures_missing
from bot.core.replies import Picture, Reply
from bot.core.retry import Repeated

logger = logging.getLogger(__name__)

# A worker tries again later to show a public message. No one tries this one again.
_ATTEMPTS = 5
_FIRST_PAUSE = 0.5


class PrivateImages:
    """Fills such responses; if pictures can't be shown, it tries to say so."""

    def __init__(self, messenger: DiscordMessenger, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._messenger, self._pause = messenger, pause
        self._repeated = Repeated(_may_pass, first_pause=_FIRST_PAUSE, attempts=_ATTEMPTS)

    async def show(self, place: DiscordAddress, reply: Reply) -> None:
        """Show the reply, or the part that can be shown and a sentence about the rest."""
        try:
            if await self._filled(place, reply):
                return
        except ImageGone:
            reply = await self._kept(place, reply)
        said = replace(reply, lines=(*reply.lines, pictures_missing(speak(place.locale))))
        if not await self._filled(place, said) and not await self._filled(place, _without_pictures(said)):
            logger.warning("interaction %s stays unanswered", place.interaction)

    async def _filled(self, place: DiscordAddress, reply: Reply) -> bool:
        """Return whether the reply is shown. A wait that Discord asks for is kept to if the token outlives it."""
        while True:
            try:
                return await self._repeated(self._messenger.edit_response, place, reply) is not None
            except ImageGone:
                raise
            except (BotError, WayClosed) as error:
                logger.info("interaction %s: not shown: %s", place.interaction, error)
                wait = _asked_for(error)
            if wait is None or not place.token_lives(self._messenger.wire.clock.now() + timedelta(seconds=wait)):
                return False
            await self._pause(wait)

    async def _kept(self, place: DiscordAddress, reply: Reply) -> Reply:
        """Return the reply without the pictures that have been deleted."""
        entries = [replace(entry, pictures=await self._still(place, entry.pictures)) for entry in reply.entries]
        return replace(reply, pictures=await self._still(place, reply.pictures), entries=tuple(entries))

    async def _still(self, place: DiscordAddress, pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
        return tuple([picture for picture in pictures if await self._messenger.still_stored(place, picture)])


def _may_pass(error: Exception) -> bool:
    return isinstance(error, BotError) and not isinstance(error, ImageGone) and _asked_for(error) is None


def _asked_for(error: Exception) -> float | None:
    asked = error.retry_after if isinstance(error, DeliveryError) else None
    return None if asked is None else max(asked, LONGEST_MOMENT)


def _without_pictures(reply: Reply) -> Reply:
    return replace(reply, pictures=(), entries=tuple(replace(entry, pictures=()) for entry in reply.entries))
