"""What Discord says of an application and its servers: by one plain request each, or to a client that is logged in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import discord

from adapters.discord import refused_token
from adapters.discord.connection import configure
from adapters.discord.refusals import NO_ANSWER
from adapters.discord.settings import DiscordSettings, token_of, ways_out_of
from bot.core.errors import TokenRefused
from bot.core.message import message
from bot.outgoing.connector import Connector, reason

_PATIENCE = aiohttp.ClientTimeout(total=10)
_LOGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application, as far as the set-up and the invitation need it."""

    id: int
    name: str
    public: bool
    """Whether anybody may add it."""
    code_grant: bool
    """Whether it asks for a code grant, which makes the invitation fail."""
    endpoint: str
    """Where its commands are sent instead of over Discord's gateway; empty if that is not so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that the bot is in."""

    id: int
    name: str


async def application(settings: DiscordSettings) -> Application:
    """Ask which application the token belongs to. Raises TokenRefused, OSError.

    https://docs.discord.com/developers/resources/application#get-current-application
    """
    said = await _asked(settings, "/applications/@me")
    if not isinstance(said, dict) or not str(said.get("id", "")).isdigit():
        raise _no_discord(settings)
    return Application(
        id=int(said["id"]),
        name=str(said.get("name") or ""),
        public=said.get("bot_public") is not False,
        code_grant=said.get("bot_require_code_grant") is True,
        endpoint=str(said.get("interactions_endpoint_url") or ""),
    )


async def servers(settings: DiscordSettings) -> Sequence[Server]:
    """Ask which servers the bot is in; of very many, for the first 200. Raises TokenRefused, OSError.

    https://docs.discord.com/developers/resources/user#get-current-user-guilds
    """
    said = await _asked(settings, "/users/@me/guilds")
    if not isinstance(said, list):
        raise _no_discord(settings)
    return [Server(id=int(each["id"]), name=str(each.get("name") or "")) for each in said if str(each["id"]).isdigit()]


async def _asked(settings: DiscordSettings, path: str) -> Any:
    url, headers = settings.discord_api_url.rstrip("/") + path, {"Authorization": f"Bot {token_of(settings)}"}
    try:
        async with (
            aiohttp.ClientSession(
                timeout=_PATIENCE,
                connector=Connector(ways_out_of(settings)),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=headers,
            ) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise TokenRefused(refused_token.REFUSED, refused_token.CURE)
            if not answer.ok:
                raise _refused(answer.status)
            return await answer.json()
    except (aiohttp.ContentTypeError, ValueError) as error:
        raise _no_discord(settings) from error
    except TimeoutError:
        raise
    except aiohttp.ClientError as error:
        raise _unreached(settings, error) from error


@asynccontextmanager
async def logged_in(
    settings: DiscordSettings, trace: aiohttp.TraceConfig
) -> AsyncIterator[tuple[discord.Client, discord.AppInfo]]:
    """Log in for a few questions. Raises TokenRefused, OSError."""
    configure(settings.discord_api_url)
    connector = Connector(ways_out_of(settings), limit=0)
    async with discord.Client(intents=discord.Intents.none(), connector=connector, http_trace=trace) as client:
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                await client.login(token_of(settings))
        except discord.LoginFailure as error:
            raise TokenRefused(refused_token.REFUSED, refused_token.CURE) from error
        except (discord.HTTPException, discord.RateLimited) as error:
            raise _refused(getattr(error, "status", HTTPStatus.TOO_MANY_REQUESTS.value)) from error
        except (TypeError, LookupError) as error:  # discord.py reads what came as what Discord would have sent
            raise _no_discord(settings) from error
        except NO_ANSWER as error:
            raise _unreached(settings, error) from error
        if client.application is None:
            raise ConnectionError(message("Discord did not say which application this is. Try again later."))
        yield client, client.application


def _refused(status: int) -> OSError:
    return ConnectionError(message("Discord answered {status}. Try again later.", status=str(status)))


def _unreached(settings: DiscordSettings, error: BaseException) -> OSError:
    return ConnectionError(
        message("Discord can't be reached at {url} ({error}).", url=settings.discord_api_url, error=reason(error))
    )


def _no_discord(settings: DiscordSettings) -> OSError:
    return ConnectionError(
        message("What answers at {url} is not Discord: it may be a proxy's web page.", url=settings.discord_api_url)
    )
