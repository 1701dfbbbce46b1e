"""How long an acknowledgement takes when 300 commands arrive within one second, with 50 jobs in flight."""

import asyncio
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figure import Figure
from benchmarks.pairs import fewer
from benchmarks.processes import World, processor_seconds
from tests.support.process import ROOT

COMMANDS, IN_FLIGHT = 300, 50
DEADLINE = 3.0
_DRAWING = 2.0


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure a few bursts, each on a new bot."""
    bursts = [(await burst(world))[0] for _ in range(fewer(rounds))]
    missed = sum(wait > DEADLINE for waits in bursts for wait in waits)
    spread = [(median(waits), quantiles(waits, n=100)[98], max(waits)) for waits in bursts]
    p50, p99, worst = (median(values) for values in zip(*spread, strict=True))
    return [
        Figure(
            name="acknowledgement in a burst, p99",
            value=p99,
            goal=0.5,
            unit="s",
            why=(
                f"{IN_FLIGHT} images arrive, are checked, stored and uploaded in the middle of it, on the cores of the "
                "commands and the servers of the benchmark; half of all commands wait no longer than the p50 beside it."
            ),
            detail=f"p50 {p50:.2f} s, worst {worst:.2f} s; {COMMANDS} commands in 1 s, {IN_FLIGHT} jobs in flight",
        ),
        Figure(
            name="missed deadlines in a burst",
            value=missed,
            goal=0,
            unit="",
            detail=f"of {len(bursts) * COMMANDS}, at 3 s",
        ),
    ]


async def burst(world: World, root: Path = ROOT) -> tuple[list[float], float]:
    """Run one burst on a new bot. Return each acknowledgement's wait, and the bot's processor seconds per command."""
    async with world.bot("discord", root=root, max_concurrent_jobs=IN_FLIGHT) as bot:
        await world.run(platform="discord", jobs=8, bot=bot.url)
        # These jobs are at the gateway when the burst begins; their images arrive in the middle of it.
        asked = {"platform": "discord", "bot": bot.url, "only_acknowledgements": True}
        await world.run(**asked, jobs=IN_FLIGHT, delay=_DRAWING)
        await asyncio.sleep(_DRAWING - 0.7)
        before = processor_seconds(bot.pid)
        notified = await world.run(**asked, jobs=COMMANDS, rate=COMMANDS, within=2 * DEADLINE)
        return list(notified["waits"]), (processor_seconds(bot.pid) - before) / COMMANDS
