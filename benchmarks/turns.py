"""Compare this version of the bot with another one, by turns in one run: `python -m benchmarks.turns VERSION`.

Other work of the machine slows both alike, so that a ratio shows a few percent where absolute figures can't. Each
version runs in processes of its own, and counts accepts with its own `benchmarks.accepts`; this version's local servers
serve both. A ratio above 1 is an improvement.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks import burst, endtoend
from benchmarks.databases import Databases
from benchmarks.figure import Figure, table
from benchmarks.pairs import by_turns
from benchmarks.processes import World, module
from tests.support.process import ROOT

GOAL = 0.95
Measured = dict[str, float]
Measure = Callable[[], Awaitable[Measured]]
"""Measure one version once. It returns speeds only: more is better."""
CHATS = ("discord", "slack")
PARTS = ("jobs", "sqlite", "postgres", "burst")


async def compare(other: Path, pairs: int, parts: list[str]) -> list[Figure]:
    """Measure both versions by turns. Which one begins changes with each pair."""
    figures: list[Figure] = []
    async with Databases.open() as databases:
        for part in parts:
            async with _measures(part, ROOT, databases) as ours, _measures(part, other, databases) as theirs:
                figures += _figures(await by_turns(pairs, ours, theirs))
            print(part, file=sys.stderr, flush=True)
    return figures


@asynccontextmanager
async def _measures(part: str, root: Path, databases: Databases) -> AsyncIterator[Measure]:
    """Yield what measures this part of one version."""
    async with World.open() as world:

        async def in_burst() -> Measured:
            waits, _, cpu = await burst.burst(world, root)
            p99 = quantiles([min(wait, 2 * burst.DEADLINE) for wait in waits], n=100)[98]  # infinite: it never came
            return {"1 / p99 of a burst, in 1/s": 1 / p99, "commands/s of processor in a burst": 1 / cpu}

        if part != "jobs":
            others: dict[str, Measure] = {
                "sqlite": partial(_accepts, "SQLite", databases.sqlite, root),
                "postgres": partial(_accepts, "PostgreSQL", databases.postgres, root),
                "burst": in_burst,
            }
            yield others[part]
            return
        async with AsyncExitStack() as stack:
            bots = {
                platform: await stack.enter_async_context(endtoend.bot_runs(world, platform, root))
                for platform in CHATS
            }

            async def jobs() -> Measured:
                return {name: speed for platform in CHATS for name, speed in _speeds(platform, await bots[platform]())}

            yield jobs


def _speeds(platform: str, run: endtoend.Run) -> Iterator[tuple[str, float]]:
    yield f"jobs/s over {platform}", run.per_second
    yield f"jobs/s of processor over {platform}", endtoend.JOBS / run.cpu


async def _accepts(name: str, new_database: Callable[[], Awaitable[str]], root: Path) -> Measured:
    async with module("benchmarks.accepts", await new_database(), root=root) as (_, line):
        measured: Measured = json.loads(line)
    return {
        f"accepts/s on {name}": measured["per_second"],
        f"accepts/s of processor on {name}": measured["per_cpu_second"],
    }


def _figures(pairs: list[tuple[Measured, ...]]) -> Iterator[Figure]:
    for name in pairs[0][0]:
        now, before = [ours[name] for ours, _ in pairs], [theirs[name] for _, theirs in pairs]
        ratios = [mine / other for mine, other in zip(now, before, strict=True)]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
        yield Figure(
            name=name,
            value=median(ratios),
            goal=GOAL,
            at_least=True,
            detail=f"{median(now):.4g} to {median(before):.4g}; half of the pairs {low:.2f} to {high:.2f}",
        )


@contextmanager
def _checked_out(version: str) -> Iterator[Path]:
    """Yield the folder of a version: of a checkout that there is, or of a commit's files."""
    if Path(version).is_dir():
        yield Path(version).resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "version.zip"
        subprocess.run(["git", "archive", "--output", archive, version], cwd=ROOT, check=True)
        shutil.unpack_archive(archive, Path(folder) / "version")
        yield Path(folder) / "version"


def main() -> None:
    """Run the command line."""
    line = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    line.add_argument("version", help="a folder with another checkout, or a commit")
    line.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all if none is named")
    line.add_argument("--pairs", type=int, default=10, help="how many pairs the median ratios are of")
    options = line.parse_args()
    if strange := set(options.parts) - set(PARTS):
        line.error(f"no such part: {', '.join(sorted(strange))}")
    with _checked_out(options.version) as other:
        figures = asyncio.run(compare(other, options.pairs, options.parts or list(PARTS)))
    print(table(figures))


if __name__ == "__main__":
    main()
