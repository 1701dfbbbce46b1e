"""The playground adapter: routes for a server of its own."""

import asyncio

from adapters.web import NAME
from adapters.web.deletions import Deletions
from adapters.web.events import Changes
from adapters.web.handlers import Handlers
from adapters.web.key import Key
from adapters.web.middleware import Middleware
from adapters.web.opening import Opening
from adapters.web.page import Page
from adapters.web.undo import Undo
from bot.core.chat import Sharing
from bot.core.dispatch import Bot
from bot.core.images.library import ImageLibrary


class WebAdapter:
    """Implements `bot.core.chat.Adapter`. It has no connection of its own: a server mounts `routes`."""

    name = NAME

    def __init__(self, bot: Bot, library: ImageLibrary, changes: Changes, key: Key) -> None:
        self._changes = changes
        self._undo, self._deletions = Undo(bot, changes), Deletions(bot, changes)
        middleware, page = Middleware(key), Page()
        self.routes = [
            *Opening(key, bot, page.page).routes(),
            *page.routes(middleware),
            *Handlers(bot, library, changes, self._undo, self._deletions).routes(middleware),
        ]
        """The routes for the page's own server. Without the key, none of them gives anything."""

    @property
    def unready(self) -> str:
        """Why pages don't work now: `run` isn't running."""
        return "" if self._changes.is_open else "not started"

    @property
    def sharing(self) -> Sharing | None:
        """None: the page has no token that others could use."""
        return None

    @property
    def presence(self) -> None:
        """None: the playground's address is printed at the start."""
        return None

    async def run(self) -> None:
        """Notify pages of changes until cancelled; then close all listeners."""
        with self._changes.open():
            try:
                await asyncio.Event().wait()
            finally:
                await self._deletions.close()
                await self._undo.close()
