"""Jobs per second and processor time per job, from the command to the image, compared with the bare script's."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from benchmarks.picture import png
from benchmarks.processes import World, module, processor_seconds
from bot.core.images.verify import verify
from tests.support.process import ROOT

JOBS, RUNS = 80, 3
PLATFORMS = ("discord", "slack", "playground")


_WHY = (
    "the bot checks each image before it counts, stores it before it is shown, and commits each step of the job; the "
    "script does none of it. The check alone is {checking:.1f} ms of processor a job."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of `JOBS` jobs."""

    seconds: float
    cpu: float
    calls: float


async def measure(world: World, runs: int) -> list[Figure]:
    """Run the bot and the bare script alternately."""
    figures = []
    for platform in PLATFORMS:
        bots, bares = [], []
        for _ in range(runs):
            bares.append(await run_bare(world, platform))
            bots.append(await run_bot(world, platform))
        figures += _figures(platform, bots, bares)
    return figures


def _figures(platform: str, bots: list[Run], bares: list[Run]) -> list[Figure]:
    speed = median(bare.seconds / bot.seconds for bot, bare in zip(bots, bares, strict=True))
    effort = median(bot.cpu / bare.cpu for bot, bare in zip(bots, bares, strict=True))
    seconds, floor = median(bot.seconds for bot in bots), median(bare.seconds for bare in bares)
    cpu, floor_cpu = (1000 * median(run.cpu for run in runs) / JOBS for runs in (bots, bares))
    calls = f"{median(bot.calls for bot in bots):.1f} calls a job, the script {median(b.calls for b in bares):.1f}"
    why = _WHY.format(checking=_checking_milliseconds())
    return [
        Figure(
            name=f"jobs/s over {platform}, to the bare script's",
            value=speed,
            goal=0.7,
            at_least=True,
            why=why,
            detail=f"{JOBS / seconds:.1f}/s to {JOBS / floor:.1f}/s; {calls}",
        ),
        Figure(
            name=f"processor per job over {platform}, to the bare script's",
            value=effort,
            goal=1.5,
            why=why,
            detail=f"{cpu:.1f} ms to {floor_cpu:.1f} ms",
        ),
    ]


async def run_bot(world: World, platform: str, root: Path = ROOT) -> Run:
    """Run the jobs on a new bot, of this version or of the one at `root`."""
    async with world.bot(platform, root=root) as bot:
        address = bot.page or bot.url
        await world.run(platform=platform, jobs=8, bot=address)  # open connections, warm up code
        return await _watched(world, platform, address, bot.pid)


async def run_bare(world: World, platform: str) -> Run:
    """Run the jobs by the bare script."""
    if platform == "playground":
        async with _served(world) as (url, pid):
            await world.run(platform=platform, jobs=8, bot=url)
            return await _watched(world, platform, url, pid)
    async with module("benchmarks.bare", platform, str(world.port), str(JOBS)) as (_, line):
        notified = json.loads(line)
    calls = {"discord": 4.0, "slack": 8.0}[platform]
    return Run(seconds=notified["seconds"], cpu=notified["cpu"], calls=calls)


@asynccontextmanager
async def _served(world: World) -> AsyncIterator[tuple[str, int]]:
    async with module("benchmarks.bare", "playground", str(world.port), "0") as (process, line):
        yield line.strip(), process.pid


async def _watched(world: World, platform: str, url: str, pid: int) -> Run:
    before = processor_seconds(pid)
    notified = await world.run(platform=platform, jobs=JOBS, bot=url)
    return Run(seconds=notified["seconds"], cpu=processor_seconds(pid) - before, calls=notified["calls"])


def _checking_milliseconds(times: int = 10) -> float:
    image = png()
    began = time.thread_time()
    for _ in range(times):
        verify(image)
    return 1000 * (time.thread_time() - began) / times
