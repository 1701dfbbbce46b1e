"""What the doctor checks on Discord."""

import asyncio
import logging
from collections.abc import Sequence

import discord

from adapters.discord import refused_token
from adapters.discord.application import logged_in
from adapters.discord.application_checks import application_checks
from adapters.discord.invite import invite_url
from adapters.discord.refusals import NO_ANSWER
from adapters.discord.seal import Seal
from adapters.discord.settings import DiscordSettings, token_of
from adapters.discord.wire import Wire
from bot.core import doctor
from bot.core.clock import SystemClock
from bot.core.doctor import Check
from bot.core.errors import TokenRefused
from bot.core.message import marked, message, of_error

logger = logging.getLogger(__name__)

_SECONDS = 10.0

_TOKEN, _INTERACTIONS, _ACCESS = marked("Discord token"), marked("Discord interactions"), marked("Discord access")


async def checks(settings: DiscordSettings) -> Sequence[Check]:
    """Check the token and the application with Discord, and advise what to do about errors."""
    wire = Wire(SystemClock(), Seal(token_of(settings)))
    try:
        async with logged_in(settings, wire.trace()) as (client, found):
            away = [server for server in settings.discord_servers if not await _is_in(client, server)]
            of_application = await application_checks(client)
    except TokenRefused:
        return [Check(name=_TOKEN, ok=False, detail=refused_token.REFUSED, advice=refused_token.CURE)]
    except OSError as error:
        advice = message("Check the network, and DISCORD_API_URL if it is set.")
        return [Check(name=_TOKEN, ok=False, detail=of_error(error), advice=advice)]
    invitation = message("It belongs to {name}. Link to invite it: {url}", name=found.name, url=invite_url(found.id))
    token = Check(name=_TOKEN, ok=True, detail=invitation)
    return [
        token,
        interactions(found.interactions_endpoint_url),
        *_invitable(found),
        *of_application,
        *_access(settings, away, public=found.bot_public),
        *doctor.clock("Discord", wire.clock.offset),
    ]


async def _is_in(client: discord.Client, server: int) -> bool:
    """Return whether the bot is in a server. If Discord does not say, it is taken to be."""
    try:
        async with asyncio.timeout(_SECONDS):
            await client.fetch_guild(server, with_counts=False)
    except (discord.NotFound, discord.Forbidden):
        return False
    except (discord.DiscordException, *NO_ANSWER) as error:
        logger.info("Discord does not say whether the bot is in server %s (%s)", server, type(error).__name__)
    return True


def _access(settings: DiscordSettings, away: Sequence[int], *, public: bool) -> Sequence[Check]:
    """Say who may spend the key, if that is anybody, and whether the bot can tell who belongs to its servers."""
    servers = ", ".join(map(str, away))
    if settings.discord_servers and not away:
        return [Check(name=_ACCESS, ok=True, detail=message("The bot is in all servers of DISCORD_SERVERS."))]
    if settings.discord_servers:
        detail = message(
            "The bot is not in these servers, so it can't tell who belongs to them: {servers}", servers=servers
        )
        advice = message("Invite it to them, or correct DISCORD_SERVERS.")
        # People can draw in the other servers, and in servers that have the command without the bot.
        can_draw = len(away) < len(settings.discord_servers) or settings.elsewhere != "members"
        return [Check(name=_ACCESS, ok=can_draw, detail=detail, advice=advice)]
    if not public:
        return ()
    # The bot works all the same, so it isn't a failure.
    detail = message("Anybody may add this bot to a server or to their account, and spend your key.")
    advice = message(
        "Set DISCORD_SERVERS to the ids of your servers. Or make the bot private in the Developer Portal: first "
        "Installation → Install Link → None → Save Changes, then Bot → Public Bot off → Save Changes."
    )
    return [Check(name=_ACCESS, ok=True, detail=detail, advice=advice)]


def _invitable(found: discord.AppInfo) -> Sequence[Check]:
    """Say what keeps the bot out of servers, or that it is in none yet."""
    name, checks = marked("Discord invitation"), []
    if found.bot_require_code_grant:
        detail = message("Requires OAuth2 Code Grant is on, so an invitation fails.")
        advice = message("Switch it off in the Developer Portal, under Bot, and save the changes.")
        checks.append(Check(name=name, ok=False, detail=detail, advice=advice))
    if found.approximate_guild_count == 0:
        detail = message("The bot isn't in any server yet.")
        advice = message("Open {url}", url=invite_url(found.id))
        checks.append(Check(name=name, ok=True, detail=detail, advice=advice))
    return checks


def interactions(endpoint: str | None) -> Check:
    """Check where interactions go: if an endpoint is set, Discord sends none over its gateway."""
    if endpoint:
        advice = message("Clear Interactions Endpoint URL in the Developer Portal, under General Information.")
        detail = message("Commands are sent to an endpoint, not to this bot.")
        return Check(name=_INTERACTIONS, ok=False, detail=detail, advice=advice)
    return Check(name=_INTERACTIONS, ok=True, detail=message("They arrive over Discord's gateway."))
