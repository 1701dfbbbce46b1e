"""The platforms whose tokens are set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from adapters.discord import DiscordAdapter
from adapters.discord.messenger import DiscordMessenger
from adapters.slack import SlackAdapter, SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.web import WebAdapter
from adapters.web.events import Changes
from adapters.web.messenger import WebMessenger
from bot.core.chat import Adapter, Messenger
from bot.core.clock import SystemClock
from bot.core.commands import offered
from bot.core.commands.command import Surface
from bot.core.dispatch import Bot
from bot.core.images.library import ImageLibrary
from bot.settings import Settings

Connected = tuple[Adapter, Sequence[web.AbstractRouteDef]]
"""An adapter, and the routes that the HTTP server has to serve for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One platform: its messenger exists before the bot, and `connect` builds its adapter around the bot."""

    messenger: Messenger
    connect: Callable[[Bot], Connected]


def chats(settings: Settings, library: ImageLibrary) -> Mapping[str, Chat]:
    """Return the platforms that are set up, by name."""
    chats = {}
    if settings.discord_token:
        chats[DiscordAdapter.name] = _discord(settings, library)
    if settings.slack_bot_token:
        chats[SlackAdapter.name] = _slack(settings, library)
    if settings.playground:
        chats[WebAdapter.name] = _web(library)
    return chats


def slack_commands(settings: Settings) -> SlackCommands:
    """Return the names of the commands on Slack."""
    commands = offered(Surface.CHAT)
    return SlackCommands({command.name: getattr(settings, f"slack_{command.name}_command") for command in commands})


def _discord(settings: Settings, library: ImageLibrary) -> Chat:
    token, messenger = settings.discord_token, DiscordMessenger(library, clock=SystemClock())

    def connect(bot: Bot) -> Connected:
        adapter = DiscordAdapter(
            bot,
            messenger,
            token=token.get_secret_value() if token else "",
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
        )
        return adapter, ()

    return Chat(messenger=messenger, connect=connect)


def _slack(settings: Settings, library: ImageLibrary) -> Chat:
    """Return Slack, in the mode that the tokens determine."""
    token, app_token, secret = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
    commands = slack_commands(settings)
    messenger = SlackMessenger(library, clock=SystemClock(), commands=commands)

    def connect(bot: Bot) -> Connected:
        adapter = SlackAdapter(
            bot,
            messenger,
            bot_token=token.get_secret_value() if token else "",
            app_token=app_token.get_secret_value() if app_token else None,
            signing_secret=secret.get_secret_value() if secret else None,
            api_url=settings.slack_api_url,
            commands=commands,
        )
        return adapter, adapter.routes

    return Chat(messenger=messenger, connect=connect)


def _web(library: ImageLibrary) -> Chat:
    changes = Changes()

    def connect(bot: Bot) -> Connected:
        adapter = WebAdapter(bot, library, changes)
        return adapter, adapter.routes

    return Chat(messenger=WebMessenger(changes), connect=connect)
