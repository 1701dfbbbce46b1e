"""Limits that are used up: discord.py returns an answer only once the limit is open again. Here it does so at once.

The wait may be longer than any time-out: what Discord has taken would count as unanswered, and be sent once more; and
of the limit on a token, discord.py never opens one whose wait is cut short. The next request waits, by
`adapters.discord.waits`.
"""

import asyncio
from typing import Any

import discord
from discord.http import Ratelimit
from discord.webhook import async_


class _OfTheBot(Ratelimit):
    def __init__(self, longest: float | None) -> None:
        super().__init__(longest)
        self._opening: set[asyncio.Task[None]] = set()

    async def __aexit__(self, *raised: Any) -> None:
        opening = asyncio.create_task(super().__aexit__(*raised))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)


class _OfAToken(async_.AsyncDeferredLock):
    def delay_by(self, delta: float) -> None:
        pass


def hand_answers_on_at_once() -> None:
    """Change discord.py, which has no setting for it: this affects the whole process."""
    discord.http.Ratelimit = _OfTheBot  # type: ignore[misc, assignment]
    async_.AsyncDeferredLock = _OfAToken  # type: ignore[misc]
