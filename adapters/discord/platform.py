"""Discord as one value: what the composition root and the command line need to know of it.

Code that needs discord.py, or pydantic, is imported where it is called: most of the operator's commands need neither.
"""

import logging
from argparse import Namespace
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

from adapters.discord import NAME
from bot.core.access import Access
from bot.core.message import marked, message
from bot.core.platform import Chat, Connected, OperatorCommand, Platform, Setup

if TYPE_CHECKING:
    from adapters.discord.settings import DiscordSettings
    from bot.core.clock import Clock
    from bot.core.dispatch import Bot
    from bot.core.doctor import Check
    from bot.core.images.library import ImageLibrary
    from bot.core.setup import Place, Talk
    from bot.core.ways_out import Proxy

logger = logging.getLogger(__name__)


def _build(settings: "DiscordSettings", library: "ImageLibrary", clock: "Clock") -> Chat:
    from adapters.discord.adapter import DiscordAdapter
    from adapters.discord.messenger import DiscordMessenger
    from adapters.discord.seal import Seal
    from adapters.discord.settings import token_of, ways_out_of

    messenger = DiscordMessenger(library, clock=clock, seal=Seal(token_of(settings)), ways_out=ways_out_of(settings))

    def connect(bot: "Bot") -> Connected:
        if not settings.discord_servers:
            logger.warning(
                "DISCORD_SERVERS is not set: anybody may add this bot to a server or to their account, and spend your "
                "key, unless Public Bot is off in the Developer Portal"
            )
        return DiscordAdapter(bot, messenger, settings, clock), ()

    return Chat(messenger=messenger, connect=connect)


def _access(settings: "DiscordSettings") -> Access:
    from adapters.discord.settings import access_of

    return access_of(settings)


def _hosts(settings: "DiscordSettings") -> "Mapping[str, Proxy | None]":
    from adapters.discord.settings import ways_out_of

    return ways_out_of(settings).to(settings.discord_api_url, settings.discord_gateway_url)


async def _checks(settings: "DiscordSettings") -> "Sequence[Check]":
    from adapters.discord import doctor

    return await doctor.checks(settings)


def _invite(settings: "DiscordSettings", _: Namespace) -> Awaitable[str]:
    if not settings.discord_token:
        raise ValueError(
            message("DISCORD_TOKEN is not set. Set it to the bot's token from Discord's Developer Portal.")
        )
    return _invitation(settings)


async def _invitation(settings: "DiscordSettings") -> str:
    from adapters.discord.application import application
    from adapters.discord.invite import invite_url

    return f"{invite_url((await application(settings)).id)}\n"


async def _set_up(talk: "Talk[DiscordSettings]") -> "Place":
    from adapters.discord.setup import set_up

    return await set_up(talk)


PLATFORM = Platform(
    name=NAME,
    title="Discord",
    runs=lambda settings: settings.discord_token is not None,
    switch="DISCORD_TOKEN",
    needs="DISCORD_TOKEN",
    build=_build,
    access=_access,
    checks=_checks,
    hosts=_hosts,
    setup=Setup(
        secrets=("DISCORD_TOKEN",),
        missing=lambda settings: () if settings.discord_token else ("DISCORD_TOKEN",),
        talk=_set_up,
    ),
    commands=(
        OperatorCommand(
            name="discord-invite",
            description=marked("Print the link that invites the bot to a Discord server."),
            run=_invite,
        ),
    ),
)
