"""The playground as one value: what the composition root and the command line need to know of it."""

from adapters.web.adapter import WebAdapter
from adapters.web.events import Changes
from adapters.web.messenger import WebMessenger
from adapters.web.settings import WebSettings
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.images.library import ImageLibrary
from bot.core.message import marked
from bot.core.platform import Chat, Connected, Platform


def _build(_: WebSettings, library: ImageLibrary, __: Clock) -> Chat:
    changes = Changes()

    def connect(bot: Bot) -> Connected:
        adapter = WebAdapter(bot, library, changes)
        return adapter, adapter.routes

    return Chat(messenger=WebMessenger(changes), connect=connect)


PLATFORM = Platform(
    name=WebAdapter.name,
    title=marked("web playground"),
    settings=WebSettings,
    is_set=lambda settings: settings.playground,
    switch="PLAYGROUND=1",
    needs="PLAYGROUND=1",
    build=_build,
    demo={"playground": True},
)
