"""The chat as one value."""

from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.images.library import ImageLibrary
from bot.core.platform import Chat, Connected, Platform
from tests.example_chat.adapter import LinesAdapter
from tests.example_chat.messenger import LinesMessenger
from tests.example_chat.settings import LinesSettings


def _build(settings: LinesSettings, library: ImageLibrary, _: Clock) -> Chat:
    messenger = LinesMessenger(library)

    def connect(bot: Bot) -> Connected:
        return LinesAdapter(bot, messenger, settings.lines_port or 0), ()

    return Chat(messenger=messenger, connect=connect)


PLATFORM = Platform(
    name=LinesAdapter.name,
    title="Lines",
    runs=lambda settings: settings.lines_port is not None,
    switch="LINES_PORT",
    needs="LINES_PORT",
    build=_build,
)
