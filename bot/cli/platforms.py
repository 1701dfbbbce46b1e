"""The platforms whose tokens are set."""

from collections.abc import Sequence

from aiohttp import web

from adapters.discord import DiscordAdapter
from adapters.slack import SlackAdapter, SlackCommands
from adapters.web import WebAdapter
from bot.core.dispatch import Bot
from bot.core.ports import Adapter
from bot.settings import Settings


def platforms(settings: Settings, bot: Bot) -> tuple[Sequence[Adapter], Sequence[web.AbstractRouteDef]]:
    """Build the adapters of the platforms that are set up, and their HTTP routes."""
    adapters: list[Adapter] = []
    routes: list[web.AbstractRouteDef] = []
    if settings.discord_token:
        adapters.append(
            DiscordAdapter(
                bot,
                token=settings.discord_token.get_secret_value(),
                api_url=settings.discord_api_url,
                gateway_url=settings.discord_gateway_url,
            )
        )
    if settings.slack_bot_token:
        slack = slack_adapter(settings, bot)
        adapters.append(slack)
        routes += slack.routes
    if settings.playground:
        playground = WebAdapter(bot)
        adapters.append(playground)
        routes += playground.routes
    return adapters, routes


def slack_adapter(settings: Settings, bot: Bot) -> SlackAdapter:
    """Build the Slack adapter, in the mode that the tokens determine."""
    token, app_token, secret = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
    return SlackAdapter(
        bot,
        bot_token=token.get_secret_value() if token else "",
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=secret.get_secret_value() if secret else None,
        api_url=settings.slack_api_url,
        commands=slack_commands(settings),
    )


def slack_commands(settings: Settings) -> SlackCommands:
    """Return the names of the commands on Slack."""
    return SlackCommands(
        imagine=settings.slack_imagine_command,
        quota=settings.slack_quota_command,
        history=settings.slack_history_command,
    )
