"""Slack as one value: what the composition root and the command line need to know of it.

Code that needs slack-bolt, or pydantic, is imported where it is called: most of the operator's commands need neither.
"""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.slack import NAME
from bot.core.access import Access
from bot.core.language.catalogues import ENGLISH
from bot.core.message import Message, marked, message
from bot.core.platform import Chat, Connected, OperatorArgument, Platform, PrintingCommand, Setup, Written

if TYPE_CHECKING:
    from pydantic import SecretStr

    from adapters.slack.settings import SlackSettings
    from bot.core.clock import Clock
    from bot.core.dispatch import Bot
    from bot.core.doctor import Check
    from bot.core.images.library import ImageLibrary
    from bot.core.setup import Place, Talk

_BOT_TOKEN, _APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"


def _plain(secret: "SecretStr | None") -> str | None:
    return secret.get_secret_value() if secret else None


def _build(settings: "SlackSettings", library: "ImageLibrary", clock: "Clock") -> Chat:
    from adapters.slack.adapter import SlackAdapter
    from adapters.slack.copies import SlackCopies
    from adapters.slack.messenger import SlackMessenger
    from adapters.slack.settings import access_of, commands_of

    commands = commands_of(settings)
    messenger = SlackMessenger(library, clock=clock, commands=commands)

    def connect(bot: "Bot") -> Connected:
        adapter = SlackAdapter(
            bot,
            messenger,
            bot_token=_plain(settings.slack_bot_token) or "",
            app_token=_plain(settings.slack_app_token),
            signing_secret=_plain(settings.slack_signing_secret),
            api_url=settings.slack_api_url,
            commands=commands,
            restricted=access_of(settings) != Access(),
            clock=clock,
            ways_out=settings.ways_out,
        )
        return adapter, adapter.routes

    days = settings.slack_file_retention_days
    return Chat(messenger=messenger, connect=connect, copies=SlackCopies(messenger, days) if days else None)


def _access(settings: "SlackSettings") -> Access:
    from adapters.slack.settings import access_of

    return access_of(settings)


def _missing(settings: "SlackSettings") -> Message | None:
    if not settings.slack_bot_token:
        name = "SLACK_APP_TOKEN" if settings.slack_app_token else "SLACK_SIGNING_SECRET"
        return message("{name} is set, but it is not enough: set SLACK_BOT_TOKEN too.", name=name)
    if settings.slack_app_token or settings.slack_signing_secret:
        return None
    return message(
        "SLACK_BOT_TOKEN is set, but it is not enough: "
        "set SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP mode) too."
    )


async def _checks(settings: "SlackSettings") -> "Sequence[Check]":
    from adapters.slack import doctor

    return await doctor.checks(
        bot_token=_plain(settings.slack_bot_token) or "",
        app_token=_plain(settings.slack_app_token),
        signing_secret=_plain(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        ways_out=settings.ways_out,
    )


def _manifest(written: Written, options: Namespace) -> str:
    from adapters.slack.commands import SETTINGS, called
    from adapters.slack.manifest import manifest

    return manifest(called(written(SETTINGS.values())), http=options.http, locale=options.language or ENGLISH.locale)


def _needed(settings: "SlackSettings") -> Sequence[str]:
    missing = [] if settings.slack_bot_token else [_BOT_TOKEN]
    connects = settings.slack_app_token or settings.slack_signing_secret
    return missing if connects else [*missing, _APP_TOKEN]


async def _set_up(talk: "Talk[SlackSettings]") -> "Place":
    from adapters.slack.setup import set_up

    return await set_up(talk)


PLATFORM = Platform(
    name=NAME,
    title="Slack",
    runs=lambda settings: bool(settings.slack_bot_token or settings.slack_app_token or settings.slack_signing_secret),
    switch="SLACK_BOT_TOKEN",
    needs=marked("SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP mode)"),
    build=_build,
    missing=_missing,
    access=_access,
    checks=_checks,
    hosts=lambda settings: settings.ways_out.to(settings.slack_api_url),
    setup=Setup(secrets=(_BOT_TOKEN, _APP_TOKEN), missing=_needed, talk=_set_up),
    commands=(
        PrintingCommand(
            name="slack-manifest",
            description=marked("Print the manifest to paste when you create the Slack app."),
            run=_manifest,
            arguments=(
                OperatorArgument(
                    flag="--http",
                    metavar="URL",
                    description=marked("for HTTP mode: the address at which Slack reaches the bot"),
                ),
                OperatorArgument(
                    flag="--language",
                    metavar="LANGUAGE",
                    description=marked("the language of the descriptions, which the whole workspace reads, such as ja"),
                ),
            ),
        ),
    ),
)
