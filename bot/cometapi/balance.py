"""The balance of an account at CometAPI. Another service than the gateway has it."""

import math

import aiohttp
from yarl import URL

from bot.cometapi.json_text import read_json
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector

_PATIENCE = aiohttp.ClientTimeout(total=5)
_LARGEST = 64 * 1024


async def account_balance(address: str, key: str, ways_out: WaysOut = DIRECT) -> float | None:
    """Return the account's balance in USD; None if the service doesn't say.

    It takes the key in the URL, so that must be in no log and in no error.
    https://apidoc.cometapi.com/pricing/balance-query
    """
    try:
        async with (
            aiohttp.ClientSession(
                timeout=_PATIENCE, connector=Connector(ways_out), cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.get(URL(address).update_query(key=key), allow_redirects=False) as answer,
        ):
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > _LARGEST:
                    return None
            return _read(bytes(body)) if answer.ok else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def _read(body: bytes) -> float | None:
    payload = read_json(body)
    amount = payload.get("total_quota") if isinstance(payload, dict) else None
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
        return None
    return float(amount)
