"""How much memory a job in flight costs, beyond the idle bot: all images of a run come at once."""

from statistics import median

from benchmarks.figure import Figure
from benchmarks.pairs import fewer
from benchmarks.picture import LARGE, USUAL, png
from benchmarks.processes import World, forget_peak, memory_bytes

IN_FLIGHT = {USUAL: 200, LARGE: 10}
_DRAWING = 3.0


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure the peak resident memory."""
    figures = []
    for side, jobs in IN_FLIGHT.items():
        image = len(png(side))
        each = median([await _beyond_idle(world, side, jobs) for _ in range(fewer(rounds))]) / jobs
        figures.append(
            Figure(
                name=f"memory per job in flight, to its image's {image / 1e6:.0f} MB",
                value=each / image,
                goal=1.5,
                detail=f"{each / 1e6:.2f} MB each, {jobs} in flight, an image has {image / 1e6:.2f} MB",
            )
        )
    return figures


async def _beyond_idle(world: World, side: int, jobs: int) -> float:
    async with world.bot("discord", max_concurrent_jobs=jobs) as bot:
        await world.run(platform="discord", jobs=8, bot=bot.url)
        forget_peak(bot.pid)
        idle = memory_bytes(bot.pid, "VmRSS")
        await world.run(platform="discord", jobs=jobs, bot=bot.url, delay=_DRAWING, side=side)
        return memory_bytes(bot.pid) - idle
