"""The playground as a platform of the bot: routes for the one HTTP server, and the way back to open pages."""

import asyncio

from adapters.web.api import Api
from adapters.web.changes import Changes
from adapters.web.door import Door
from adapters.web.messenger import PLATFORM, WebMessenger
from adapters.web.page import Page
from bot.app import Bot
from bot.ports import Messenger


class WebAdapter:
    """Satisfies `bot.ports.Adapter`. Its connection is the HTTP server's, which mounts `routes`."""

    name = PLATFORM

    def __init__(self, bot: Bot) -> None:
        self._changes = Changes()
        self._messenger = WebMessenger(self._changes)
        door = Door()
        self.routes = [*Page().routes(door), *Api(bot, self._changes).routes(door)]
        """What the HTTP server serves for the playground; only requests from this machine get past the door."""

    @property
    def ready(self) -> bool:
        """Whether `run` runs."""
        return self._changes.is_open

    @property
    def messenger(self) -> Messenger:
        """The way back to open pages."""
        return self._messenger

    async def run(self) -> None:
        """Keep pages informed until cancelled; then send all that listen home."""
        with self._changes.open():
            await asyncio.Event().wait()
