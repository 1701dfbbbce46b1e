"""Whether the same work costs more when more of it is in flight: 200 jobs at once, by 8, 50 and 200 at a time."""

from contextlib import AsyncExitStack
from functools import partial
from statistics import median

from benchmarks.endtoend import WARMING, Run, watched
from benchmarks.figure import Figure
from benchmarks.pairs import by_turns, fewer
from benchmarks.processes import World

JOBS = 200
FEW, MORE = 8, (50, 200)


async def measure(world: World, rounds: int) -> list[Figure]:
    """Run a bot for each of these, with servers of its own, and let them work by turns."""
    async with AsyncExitStack() as stack:
        measures = []
        for places in (FEW, *MORE):
            own = world if places == FEW else await stack.enter_async_context(World.open())
            bot = await stack.enter_async_context(own.bot("discord", max_concurrent_jobs=places))
            await own.run(platform="discord", bot=bot.url, jobs=WARMING)
            measures.append(partial(watched, own, "discord", bot.url, bot.pid, jobs=JOBS))
        runs = await by_turns(fewer(rounds), *measures)
    return [_figure(places, [(run[0], run[place]) for run in runs]) for place, places in enumerate(MORE, 1)]


def _figure(places: int, pairs: list[tuple[Run, Run]]) -> Figure:
    few, many = zip(*pairs, strict=True)
    per_second = [JOBS / median(run.seconds for run in runs) for runs in (many, few)]
    each = [1000 * median(run.cpu for run in runs) / JOBS for runs in (many, few)]
    return Figure(
        name=f"jobs/s with {places} in flight, to with {FEW}",
        value=median(little.seconds / much.seconds for little, much in pairs),
        goal=0.85,
        at_least=True,
        detail=f"{per_second[0]:.1f}/s to {per_second[1]:.1f}/s; processor {each[0]:.1f} ms to {each[1]:.1f} ms a job",
    )
