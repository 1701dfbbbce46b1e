"""How much memory a job in flight costs, beyond the idle bot: 200 jobs, all answered at once."""

from statistics import median

from benchmarks.figure import Figure
from benchmarks.pairs import fewer
from benchmarks.picture import png
from benchmarks.processes import World, forget_peak, memory_bytes

IN_FLIGHT = 200


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure the peak resident memory."""
    image = len(png())
    beyond = [await _beyond_idle(world) for _ in range(fewer(rounds))]
    each = median(beyond) / IN_FLIGHT
    return [
        Figure(
            name="memory per job in flight, to the image's bytes",
            value=each / image,
            goal=2,
            detail=f"{each / 1e6:.2f} MB each, {IN_FLIGHT} in flight, an image has {image / 1e6:.2f} MB",
        )
    ]


async def _beyond_idle(world: World) -> float:
    async with world.bot("discord", max_concurrent_jobs=IN_FLIGHT) as bot:
        await world.run(platform="discord", jobs=8, bot=bot.url)
        forget_peak(bot.pid)
        idle = memory_bytes(bot.pid, "VmRSS")
        await world.run(platform="discord", jobs=IN_FLIGHT, bot=bot.url, delay=3)
        return memory_bytes(bot.pid) - idle
