"""What the doctor checks of the application: its commands, how it can be installed, and its sessions of the day."""

import asyncio
from collections.abc import Sequence

import discord

from adapters.discord import commands, localized
from adapters.discord.commands import Payload, payloads, same
from adapters.discord.installs import FOR_PEOPLE, FOR_SERVERS, Installs, installs
from adapters.discord.refusals import NO_ANSWER, described
from adapters.discord.session_limit import FEW, SessionLimit, session_limit
from bot.core.doctor import Check, listed
from bot.core.message import Message, marked, message
from bot.outgoing.connector import reason

_SECONDS = 10.0
_SERVERS_WITHOUT_SHARDS = 2500

_COMMANDS, _INSTALLATION = marked("Discord commands"), marked("Discord installation")
_SESSIONS = marked("Discord sessions")


async def application_checks(client: discord.Client) -> Sequence[Check]:
    """Check what Discord knows of the application of a client that is logged in."""
    limit = await session_limit(client)
    try:
        async with asyncio.timeout(_SECONDS):
            found = await installs(client)
            registered = await commands.registered(client)
    except discord.HTTPException as error:
        return [_unseen(described(error)), _sessions(limit, None)]
    except (discord.DiscordException, *NO_ANSWER) as error:
        return [_unseen(reason(error)), _sessions(limit, None)]
    wanted = payloads(found.types, await localized.read())
    return [_commands(registered, wanted), _installation(found), _sessions(limit, found.servers)]


def _unseen(answered: str) -> Check:
    detail = message("Discord does not say which commands are registered ({answered}).", answered=answered)
    advice = message(
        "Try again later. If it stays so, see in the Developer Portal that DISCORD_TOKEN is the token of this "
        "application's own bot."
    )
    return Check(name=_COMMANDS, ok=False, detail=detail, advice=advice)


def _commands(registered: Sequence[Payload], wanted: Sequence[Payload]) -> Check:
    if same(registered, wanted):
        return Check(name=_COMMANDS, ok=True, detail=message("They are registered, as this release has them."))
    advice = message(
        "Start the bot, which registers them. If it runs already, its log and /readyz say why they are missing."
    )
    if not registered:
        detail = message("No commands are registered, so nobody can use the bot.")
        return Check(name=_COMMANDS, ok=False, detail=detail, advice=advice)
    # Before a new release is started this is as it should be.
    detail = message("The registered commands are not those of this release.")
    return Check(name=_COMMANDS, ok=True, detail=detail, advice=advice)


def _installation(found: Installs) -> Check:
    if FOR_PEOPLE not in found.types:
        detail = message(
            "Servers can add the bot. People can't add it to their own account, since User Install is off."
        )
    elif FOR_SERVERS not in found.types:
        detail = message(
            "People can add the bot to their own account. Servers can't add it, since Guild Install is off."
        )
    else:
        detail = message(
            "Servers can add the bot, and people can add it to their own account, since User Install is on."
        )
    return Check(name=_INSTALLATION, ok=True, detail=detail)


def _sessions(limit: SessionLimit | None, servers: int | None) -> Check:
    if servers is not None and servers > _SERVERS_WITHOUT_SHARDS:
        detail: Message | str = message(
            "The bot is in {servers} servers. With more than 2,500 Discord closes its connection (code 4011), since it "
            "has no shards.",
            servers=str(servers),
        )
        advice = message("Let it leave some servers, or run another application for them.")
        return Check(name=_SESSIONS, ok=False, detail=detail, advice=advice)
    if limit is None:
        detail = message("Discord does not say how many new sessions are left today.")
        return Check(name=_SESSIONS, ok=True, detail=detail)
    counted = [] if servers is None else [message("servers: {servers}", servers=str(servers))]
    counted.append(message("shards that Discord recommends: {shards}", shards=str(limit.shards)))
    counted.append(message("new sessions left today: {left} of {total}", left=str(limit.left), total=str(limit.total)))
    advice = message(
        "Find what restarts the bot again and again, or what else uses its token. It begins no session before the next "
        "day, since Discord resets the token of a bot that uses them up."
    )
    few = limit.left <= FEW
    return Check(name=_SESSIONS, ok=not few, detail=listed(counted), advice=advice if few else None)
