"""The URL that invites the bot to a server, with only the permissions that it uses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import discord

from adapters.discord.connection import configure
from adapters.discord.refusals import NO_ANSWER
from bot.core.message import message
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector, reason

_LOGIN_SECONDS = 30.0

# Answers to commands need none of these until the interaction's token expires: then the bot edits or posts like any
# member.
PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)


def invite_url(application_id: int) -> str:
    """Return the URL to open in a browser."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


async def application_id(token: str, api_url: str, ways_out: WaysOut = DIRECT) -> int:
    """Return the id of a token's application. Raises ValueError for a bad token, OSError if Discord can't be asked."""
    async with logged_in(token, api_url, ways_out) as (_, found):
        return found.id


@asynccontextmanager
async def logged_in(
    token: str, api_url: str, ways_out: WaysOut = DIRECT, http_trace: aiohttp.TraceConfig | None = None
) -> AsyncIterator[tuple[discord.Client, discord.AppInfo]]:
    """Log in for a few questions. Raises ValueError for a bad token, OSError if Discord can't be asked."""
    configure(api_url)
    connector = Connector(ways_out, limit=0)
    trace = http_trace or aiohttp.TraceConfig()
    async with discord.Client(intents=discord.Intents.none(), connector=connector, http_trace=trace) as client:
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                await client.login(token)
        except discord.LoginFailure as error:
            raise ValueError(
                message("Discord refuses DISCORD_TOKEN. Reset it in the Developer Portal, under Bot.")
            ) from error
        except (discord.HTTPException, discord.RateLimited) as error:
            status = str(getattr(error, "status", HTTPStatus.TOO_MANY_REQUESTS.value))
            raise ConnectionError(message("Discord answered {status}. Try again later.", status=status)) from error
        except (TypeError, LookupError) as error:  # discord.py reads what came as what Discord would have sent
            raise ConnectionError(
                message("What answers at {url} is not Discord: it may be a proxy's web page.", url=api_url)
            ) from error
        except NO_ANSWER as error:
            raise ConnectionError(
                message("Discord can't be reached at {url} ({error}).", url=api_url, error=reason(error))
            ) from error
        if client.application is None:
            raise ConnectionError(message("Discord did not say which application this is. Try again later."))
        yield client, client.application
