"""Compare this version of the bot with another one, by turns in one run: `python -m benchmarks.turns VERSION`.

Whatever else the machine does meets both alike, so that a ratio shows a few percent where absolute figures can't. Each
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
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks import burst, endtoend
from benchmarks.databases import Databases
from benchmarks.figure import Figure, table
from benchmarks.processes import World, module
from tests.support.process import ROOT

GOAL = 0.95
Measured = dict[str, float]
Measure = Callable[[Path], Awaitable[Measured]]
"""Measure one version once. What it returns has speeds only: more is better."""


async def compare(other: Path, pairs: int, parts: list[str]) -> list[Figure]:
    """Measure both versions by turns. Who begins changes with each pair."""
    async with _measures() as measures:
        ours: dict[str, list[Measured]] = {part: [] for part in parts}
        theirs: dict[str, list[Measured]] = {part: [] for part in parts}
        for pair in range(pairs):
            for part in parts:
                for root in (other, ROOT) if pair % 2 else (ROOT, other):
                    (ours if root == ROOT else theirs)[part].append(await measures[part](root))
            print(f"pair {pair + 1} of {pairs}", file=sys.stderr, flush=True)
    return [figure for part in parts for figure in _figures(ours[part], theirs[part])]


@asynccontextmanager
async def _measures() -> AsyncIterator[dict[str, Measure]]:
    async with World.open() as world, Databases.open() as databases:

        async def in_burst(root: Path) -> Measured:
            waits, cpu = await burst.burst(world, root)
            p99 = quantiles([min(wait, 2 * burst.DEADLINE) for wait in waits], n=100)[98]  # infinite: it never came
            return {"1 / p99 of a burst, in 1/s": 1 / p99, "commands/s of processor in a burst": 1 / cpu}

        async def jobs(root: Path) -> Measured:
            bot, bare = await endtoend.run_bot(world, "discord", root), await endtoend.run_bare(world, "discord")
            return {
                "jobs/s over discord": endtoend.JOBS / bot.seconds,
                "the bare script's processor per job, to the bot's": bare.cpu / bot.cpu,
            }

        yield {
            "jobs": jobs,
            "sqlite": lambda root: _accepts("SQLite", databases.sqlite, root),
            "postgres": lambda root: _accepts("PostgreSQL", databases.postgres, root),
            "burst": in_burst,
        }


async def _accepts(name: str, new_database: Callable[[], Awaitable[str]], root: Path) -> Measured:
    async with module("benchmarks.accepts", await new_database(), root=root) as (_, line):
        measured: Measured = json.loads(line)
    return {
        f"accepts/s on {name}": measured["per_second"],
        f"accepts/s of processor on {name}": measured["per_cpu_second"],
    }


def _figures(ours: list[Measured], theirs: list[Measured]) -> Iterator[Figure]:
    for name in ours[0]:
        now, before = [run[name] for run in ours], [run[name] for run in theirs]
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
    parts = ("jobs", "sqlite", "postgres", "burst")
    line.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(parts)}; all if none is named")
    line.add_argument("--pairs", type=int, default=10, help="how many pairs the median ratios are of")
    options = line.parse_args()
    if strange := set(options.parts) - set(parts):
        line.error(f"no such part: {', '.join(sorted(strange))}")
    with _checked_out(options.version) as other:
        figures = asyncio.run(compare(other, options.pairs, options.parts or list(parts)))
    print(table(figures))


if __name__ == "__main__":
    main()
