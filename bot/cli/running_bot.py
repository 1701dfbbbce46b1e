"""What the doctor asks the bot that runs on this machine: whether other processes use its tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from yarl import URL

from bot.cli.platforms import Platforms
from bot.core.doctor import Check
from bot.core.message import Message, marked, message
from bot.settings import Settings

NAME = marked("running bot")
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  as which the bot listens everywhere
_PATIENCE = aiohttp.ClientTimeout(total=5)


async def checks(settings: Settings, platforms: Platforms) -> Sequence[Check]:
    """Say for each platform how many connections it counts that aren't the bot's; nothing if no bot runs here.

    The doctor doesn't count by itself: a connection of its own could be given somebody's command.
    """
    counts = (await _readiness(settings)).get("connections")
    titles = {platform.name: Message(platform.title) for platform in platforms}
    known = counts if isinstance(counts, dict) else {}
    return [_check(titles[name], count) for name, count in known.items() if name in titles]


async def runs(settings: Settings) -> bool:
    """Return whether a bot runs on this machine, where these settings would have it."""
    return bool(await _readiness(settings))


async def _readiness(settings: Settings) -> Mapping[str, Any]:
    host = _HERE.get(settings.http_host, settings.http_host)
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.get(URL.build(scheme="http", host=host, port=settings.http_port, path="/readyz")) as answer,
        ):
            said = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _check(title: Message, count: Mapping[str, int]) -> Check:
    ours, others = count["ours"], count["others"]
    detail = message(
        "{platform} counts {all} connections of this app, {ours} of them this bot's. Processes that use the same "
        "tokens must share one DATABASE_URL: otherwise each counts quotas and draws for itself.",
        platform=title,
        all=str(ours + others),
        ours=str(ours),
    )
    return Check(name=NAME, ok=True, detail=detail)
