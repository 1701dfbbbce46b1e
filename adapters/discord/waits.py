"""Waits that Discord asks for. The ledger puts off jobs that meet a longer one, and nothing is sent meanwhile."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import discord

from bot.core.clock import Clock
from bot.core.retry_after import retry_after, seconds

# A shorter one is waited out on the spot.
LONGEST_MOMENT = 3.0
_LONGEST = 3600.0
_GLOBAL = ""
_REMAINING, _RESET_AFTER = "X-RateLimit-Remaining", "X-RateLimit-Reset-After"
# What has limits of its own, for each method: https://docs.discord.com/developers/topics/rate-limits
_LIMITED = re.compile(r"/(channels/\d+|guilds/\d+|(?:webhooks|interactions)/\d+/[^/]+)")
_IDS = re.compile(r"/(\d+|@original)(?=/|$)")
# These are not limited with others: https://docs.discord.com/developers/interactions/receiving-and-responding#endpoints
_BY_TOKEN = ("webhooks", "interactions")


class Waits:
    """Knows until when which requests have to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def left(self, method: str, path: str) -> float:
        """Return for how many seconds such a request has to wait. Raise RateLimited if it is longer than a moment."""
        if not self._until:
            return 0.0
        now = self._clock.steady()
        self._until = {key: until for key, until in self._until.items() if until > now}
        left = max(self._until.get(key, now) - now for key in _keys(method, path))
        if left > LONGEST_MOMENT:
            raise discord.RateLimited(left)
        return left

    def used_up(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Note that an answer says that its request was the last one for a while."""
        wait = _bounded(seconds(headers.get(_RESET_AFTER))) if headers.get(_REMAINING) == "0" else None
        if wait is not None:
            own, *_ = _keys(method, path)
            self._until[own] = self._clock.steady() + wait

    def refused(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Note a wait that a 429 asks for. Raise RateLimited if it is long, or discord.py can't read how long."""
        said = _json(body)
        told = said.get("retry_after")
        wait = _bounded(seconds(told))
        readable = wait is not None and wait == told
        wait = asked_for(headers) if wait is None else wait
        if wait is None or (readable and wait <= LONGEST_MOMENT and "Via" in headers):
            return  # discord.py waits, or says that it can't
        own, *common = _keys(method, path)
        everything = bool(common) and (bool(said.get("global")) or headers.get("X-RateLimit-Scope") == "global")
        self._until[_GLOBAL if everything else own] = self._clock.steady() + wait
        raise discord.RateLimited(wait)


def asked_for(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait, up to an hour; None if it doesn't."""
    return _bounded(retry_after(headers, longest=math.inf))


def _bounded(wait: float | None) -> float | None:
    """Return a wait, up to an hour: the proxy in front of Discord bans for as long."""
    return None if wait is None else min(wait, _LONGEST)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _keys(method: str, path: str) -> tuple[str, ...]:
    """Return what limits a request: first its own limit, then the bot's, if it is limited with others."""
    found = _LIMITED.search(path)
    limited = found[1] + _IDS.sub("/_", path[found.end() :]) if found else path
    key = f"{method} {limited}"
    return (key,) if limited.startswith(_BY_TOKEN) else (key, _GLOBAL)
