"""Whether anything is left of jobs that have ended: the objects in memory after 5,000 mixed jobs, to after 500.

The same people ask for all of them: what the bot remembers of a person is three objects, and of 10,000 people at most.
"""

import asyncio
import signal
from typing import Any

from benchmarks.figure import Figure
from benchmarks.picture import TINY
from benchmarks.processes import Bot, World

EARLY, LATE = 500, 5_000
_AT_ONCE = 50
_PEOPLE = 2 * _AT_ONCE  # as many on each chat
_REFUSED = 5
_SETTLING = 3.0


async def measure(world: World, rounds: int) -> list[Figure]:
    """Run them once, on both chats by turns; the gateway refuses every fifth. In fewer rounds there are fewer."""
    late = LATE if rounds >= 10 else max(2 * EARLY, LATE * rounds // 10)
    slack: dict[str, Any] = {**world.settings("slack")}
    async with world.bot("discord", module="benchmarks.observed", **slack) as bot:
        early = await _after(world, bot, 0, EARLY)
        many = await _after(world, bot, EARLY, late)
    return [
        Figure(
            name=f"objects in memory after {LATE:,} mixed jobs, to after {EARLY}",
            value=many / early,
            goal=1.02,
            detail=f"{many:,} to {early:,}, after {late:,} jobs of {_PEOPLE} people; every {_REFUSED}th is refused",
        )
    ]


async def _after(world: World, bot: Bot, done: int, jobs: int) -> int:
    for number in range(done, jobs, _AT_ONCE):
        platform = ("discord", "slack")[number // _AT_ONCE % 2]
        asked = {"jobs": _AT_ONCE, "side": TINY, "refused_of": _REFUSED, "same_people": True}
        await world.run(platform=platform, bot=bot.url, **asked)
    await asyncio.sleep(_SETTLING)
    return int(await bot.answer(signal.SIGUSR1))
