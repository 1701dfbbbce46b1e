"""How long an acknowledgement takes when many commands arrive at once, with 50 jobs in flight."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figure import Figure
from benchmarks.pairs import fewer
from benchmarks.processes import World, processor_seconds
from tests.support.process import ROOT

IN_FLIGHT = 50
DEADLINE = 3.0
_DRAWING = 2.0
_WHY = (
    f"{IN_FLIGHT} images arrive, are checked, stored and uploaded in the middle of it, on the cores of the commands "
    "and the servers of the benchmark. Seven tenths of a command's own work are on the event loop, which does one "
    "thing at a time, and a third of these in discord.py and aiohttp."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many commands, evenly over so many seconds. The gateway takes `drawing` seconds for each of their images."""

    commands: int
    seconds: int
    drawing: float

    def __str__(self) -> str:
        return f"{self.commands:,} in {self.seconds} s"


SHORT, LONG = Burst(commands=300, seconds=1, drawing=0), Burst(commands=1_000, seconds=5, drawing=_DRAWING)


async def measure(world: World, rounds: int) -> list[Figure]:
    """Measure a few bursts of each kind, each on a new bot."""
    figures = []
    for kind in (SHORT, LONG):
        bursts = [await burst(world, kind=kind) for _ in range(fewer(rounds))]
        each = median(used for _, _, used in bursts)
        figures += _figures(kind, [waits for waits, _, _ in bursts], sum(refused for _, refused, _ in bursts), each)
    return figures


def _figures(kind: Burst, bursts: list[list[float]], refused: int, used: float) -> list[Figure]:
    missed = sum(wait > DEADLINE for waits in bursts for wait in waits)
    spread = [(median(waits), quantiles(waits, n=100)[98], max(waits)) for waits in bursts]
    p50, p99, worst = (median(values) for values in zip(*spread, strict=True))
    return [
        Figure(
            name=f"acknowledgement in a burst of {kind}, p99",
            value=p99,
            goal=0.3,
            unit="s",
            why=_WHY,
            detail=f"p50 {p50:.2f} s, worst {worst:.2f} s; {IN_FLIGHT} jobs in flight; "
            f"processor {1000 * used:.1f} ms a command, with its share of their images",
        ),
        Figure(
            name=f"missed deadlines in a burst of {kind}",
            value=max(missed, refused),  # some are both
            goal=0,
            unit="",
            detail=f"of {len(bursts) * kind.commands}, at {DEADLINE:.0f} s; {missed} late, {refused} refused as busy",
        ),
    ]


async def burst(world: World, root: Path = ROOT, kind: Burst = SHORT) -> tuple[list[float], int, float]:
    """Run one burst on a new bot. Return each answer's wait, how many were refused, and processor seconds a command."""
    async with world.bot("discord", root=root, max_concurrent_jobs=IN_FLIGHT) as bot:
        await world.run(platform="discord", jobs=8, bot=bot.url)
        # These jobs are at the gateway when the burst begins; their images arrive in the middle of it.
        asked = {"platform": "discord", "bot": bot.url, "only_acknowledgements": True}
        await world.run(**asked, jobs=IN_FLIGHT, delay=_DRAWING)
        await asyncio.sleep(_DRAWING - 0.7)
        before = processor_seconds(bot.pid)
        notified = await world.run(
            **asked,
            jobs=kind.commands,
            rate=kind.commands / kind.seconds,
            delay=kind.drawing,
            may_refuse=True,
            within=kind.seconds + 2 * DEADLINE,
        )
        used = (processor_seconds(bot.pid) - before) / kind.commands
        return list(notified["waits"]), notified["refused"], used
