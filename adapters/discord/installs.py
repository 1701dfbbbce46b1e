"""How an application can be installed, which its owner sets in the Developer Portal."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import discord
from discord.http import Route

FOR_SERVERS, FOR_PEOPLE = 0, 1


class Installs(NamedTuple):
    """The ways to install it, by Discord's numbers, and in how many servers it is, if Discord says so."""

    types: Sequence[int]
    servers: int | None


async def installs(client: discord.Client) -> Installs:
    """Ask Discord. Raises what discord.py does.

    A command may name no way that the application doesn't have, and new ones have servers alone.
    https://docs.discord.com/developers/resources/application#application-object-application-integration-types
    """
    said: Any = await client.http.request(Route("GET", "/applications/@me"))
    configured = said.get("integration_types_config") or ()
    types = sorted(int(each) for each in configured if each in {str(FOR_SERVERS), str(FOR_PEOPLE)})
    return Installs(types=types or (FOR_SERVERS, FOR_PEOPLE), servers=said.get("approximate_guild_count"))
