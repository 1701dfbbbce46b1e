"""The playground as a platform of the bot: routes for the one HTTP server, and the way back to open pages."""

import asyncio

from adapters.web.events import Changes
from adapters.web.handlers import Api
from adapters.web.messenger import PLATFORM, WebMessenger
from adapters.web.middleware import Door
from adapters.web.page import Page
from bot.core.dispatch import Bot
from bot.core.ports import Messenger


class WebAdapter:
    """Satisfies `bot.core.ports.Adapter`. Its connection is the HTTP server's, which mounts `routes`."""

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
