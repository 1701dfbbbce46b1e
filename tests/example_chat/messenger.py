"""Show replies to the people who are connected."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.core.chat import Abilities, Remember, Verb, forget
from bot.core.errors import DeliveryError
from bot.core.image import ImageLimits
from bot.core.images.library import ImageLibrary
from bot.core.origin import Address
from bot.core.replies import Reply
from tests.example_chat import render
from tests.example_chat.address import LinesAddress


class LinesMessenger:
    """Implements `bot.core.chat.Messenger`."""

    def __init__(self, library: ImageLibrary) -> None:
        self._library = library
        self._connected: dict[str, asyncio.StreamWriter] = {}

    @contextmanager
    def meeting(self, person: str, connection: asyncio.StreamWriter) -> Iterator[None]:
        """Show a person's messages on this connection while the context lasts."""
        self._connected[person] = connection
        try:
            yield
        finally:
            del self._connected[person]

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Send the message, under its id if it has one already."""
        place = LinesAddress.of(address)
        message = place.message or secrets.token_hex(4)
        images = self.abilities(address).images
        files = [await self._library.file(picture, images) for picture in render.pictures(reply)]
        connection = self._connected.get(place.person)
        if connection is None:
            raise DeliveryError("they are not connected")
        try:
            connection.write(render.message(message, reply, files))
            await connection.drain()
        except ConnectionError as error:
            raise DeliveryError("the connection broke") from error
        return replace(place, message=message).envelope

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        """Refuse: nobody else can delete what is on the person's screen."""
        self.abilities(address).check(Verb.SHOW_ALONE)
        return address

    async def delete(self, address: Address) -> None:
        """Refuse: a message that was sent stays on the person's screen."""
        self.abilities(address).check(Verb.DELETE)

    async def notify(self, address: Address, reply: Reply) -> None:
        """Refuse: every message is a new line on the person's screen."""
        self.abilities(address).check(Verb.NOTIFY)

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Refuse: every connection is one person's own."""
        self.abilities(address).check(Verb.PUBLISH)
        return address

    def abilities(self, address: Address) -> Abilities:
        """Return that replies can be shown, with what fits into a line."""
        images = ImageLimits(media_types=frozenset({"image/png"}), max_bytes=1024 * 1024)
        return Abilities(verbs=frozenset({Verb.SHOW}), images=images)
