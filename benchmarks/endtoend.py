"""Jobs per second and processor time per job, from the command to the image, compared with the bare script's."""

import hashlib
import json
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.pairs import by_turns, compared
from benchmarks.picture import png
from benchmarks.processes import World, module, processor_seconds
from bot.core.images.verify import verify
from tests.support.process import ROOT

JOBS, WARMING = 80, 8
PLATFORMS = ("discord", "slack", "playground")
CALLS = {"discord": 4.0, "slack": 7.0}
"""How many requests the bare script makes for a job."""

_WHY = (
    "the bot checks each image before it counts, stores it before it is shown, and commits each step of the job; the "
    "script does none of it. The check is {checking:.1f} ms of processor a job, and the image's hash {hashing:.1f} ms: "
    "a processor without instructions for it takes four times as long."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of so many `jobs`, without those that were refused."""

    seconds: float
    cpu: float
    calls: float = 0
    jobs: int = JOBS

    @property
    def per_second(self) -> float:
        """How many in a second."""
        return self.jobs / self.seconds

    @property
    def milliseconds(self) -> float:
        """How many milliseconds of processor time each took."""
        return 1000 * self.cpu / self.jobs


Runs = Sequence[tuple[Run, ...]]


async def measure(world: World, rounds: int) -> list[Figure]:
    """Run the bot and the bare script by turns."""
    figures = []
    for platform in PLATFORMS:
        async with bot_runs(world, platform) as bot, bare_runs(world, platform) as bare:
            pairs = await by_turns(rounds, bot, bare)
        figures += _figures(platform, pairs)
    return figures


def compared_speed(name: str, goal: float, pairs: Runs) -> Figure:
    """Return the figure for how fast the first bot of each pair is, to the second."""
    ratio, speed, other_speed = compared([(one.per_second, other.per_second) for one, other in pairs])
    _, effort, other_effort = compared([(one.milliseconds, other.milliseconds) for one, other in pairs])
    return Figure(
        name=name,
        value=ratio,
        goal=goal,
        at_least=True,
        detail=f"{speed:.1f}/s to {other_speed:.1f}/s; processor {effort:.1f} ms to {other_effort:.1f} ms a job",
    )


def _figures(platform: str, pairs: Runs) -> list[Figure]:
    speed, per_second, floor = compared([(bot.per_second, bare.per_second) for bot, bare in pairs])
    effort, each, floor_each = compared([(bot.milliseconds, bare.milliseconds) for bot, bare in pairs])
    _, calls, floor_calls = compared([(bot.calls, bare.calls) for bot, bare in pairs])
    why = _WHY.format(checking=_milliseconds(verify), hashing=_milliseconds(hashlib.sha256))
    return [
        Figure(
            name=f"jobs/s over {platform}, to the bare script's",
            value=speed,
            goal=0.5,
            at_least=True,
            why=why,
            detail=f"{per_second:.1f}/s to {floor:.1f}/s; {calls:.1f} calls a job, the script {floor_calls:.1f}",
        ),
        Figure(
            name=f"processor per job over {platform}, to the bare script's",
            value=effort,
            goal=2,
            why=why,
            detail=f"{each:.1f} ms to {floor_each:.1f} ms",
        ),
    ]


@asynccontextmanager
async def bot_runs(
    world: World, platform: str, root: Path = ROOT, module: str = "bot", **settings: Any
) -> AsyncIterator[Callable[[], Awaitable[Run]]]:
    """Start a bot, of this version or of the one at `root`, and yield what runs the jobs on it."""
    async with world.bot(platform, root=root, module=module, **settings) as bot:
        address = bot.page or bot.url
        await world.run(platform=platform, jobs=WARMING, bot=address)  # open connections, warm up code
        yield lambda: watched(world, platform, address, bot.pid)


@asynccontextmanager
async def bare_runs(world: World, platform: str) -> AsyncIterator[Callable[[], Awaitable[Run]]]:
    """Start the bare script, and yield what runs the jobs on it."""
    async with module("benchmarks.bare", platform, str(world.port)) as (process, line):
        if platform == "playground":
            url = line.strip()
            await world.run(platform=platform, jobs=WARMING, bot=url)
            yield lambda: watched(world, platform, url, process.pid)
        else:
            await bare_run(process, WARMING)
            yield partial(bare_run, process, JOBS, calls=CALLS[platform])


async def bare_run(process: Process, jobs: int, at_a_time: int = 8, calls: float = 0) -> Run:
    """Let the bare script run jobs."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("not to be talked to")
    process.stdin.write(f"{jobs} {at_a_time}\n".encode())
    return Run(**json.loads(await process.stdout.readline()), calls=calls, jobs=jobs)


async def watched(world: World, platform: str, url: str, pid: int, **asked: Any) -> Run:
    """Let people ask for `JOBS` images, or as many as are `asked` for, and watch the process."""
    before, jobs = processor_seconds(pid), int(asked.get("jobs", JOBS))
    notified = await world.run(platform=platform, bot=url, **{"jobs": jobs, **asked})
    return Run(
        seconds=notified["seconds"],
        cpu=processor_seconds(pid) - before,
        calls=notified["calls"],
        jobs=jobs - notified["refused"],
    )


def _milliseconds(work: Callable[[bytes], object], times: int = 10) -> float:
    image = png()
    began = time.thread_time()
    for _ in range(times):
        work(image)
    return 1000 * (time.thread_time() - began) / times
