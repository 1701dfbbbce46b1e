"""Whether the same work costs more when more of it is in flight: 200 jobs at once, by 8, 50 and 200 at a time."""

from contextlib import AsyncExitStack
from functools import partial

from benchmarks.endtoend import WARMING, compared_speed, watched
from benchmarks.figure import Figure
from benchmarks.pairs import by_turns, fewer
from benchmarks.processes import World

JOBS = 200
FEW, MORE = 8, (50, 200)


async def measure(world: World, rounds: int) -> list[Figure]:
    """Run a bot for each number of places, with servers of its own, and let them work by turns."""
    async with AsyncExitStack() as stack:
        measures = []
        for places in (FEW, *MORE):
            own = world if places == FEW else await stack.enter_async_context(World.open())
            bot = await stack.enter_async_context(own.bot("discord", max_concurrent_jobs=places))
            await own.run(platform="discord", bot=bot.url, jobs=WARMING)
            measures.append(partial(watched, own, "discord", bot.url, bot.pid, jobs=JOBS))
        runs = await by_turns(fewer(rounds), *measures)
    return [
        compared_speed(f"jobs/s with {places} in flight, to with {FEW}", 0.85, [(run[place], run[0]) for run in runs])
        for place, places in enumerate(MORE, 1)
    ]
