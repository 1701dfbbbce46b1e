"""`make profile`: where the processor time of a job goes, and what each promise costs.

All is measured on Discord, eight jobs at a time, as in `make bench`. The bot without a promise runs by turns with the
bot as it is.
"""

import argparse
import asyncio
import json
import platform
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from benchmarks import without
from benchmarks.areas import Area, by_area
from benchmarks.endtoend import JOBS, Run, bare_runs, bot_runs
from benchmarks.figure import columns
from benchmarks.pairs import by_turns
from benchmarks.processes import World
from benchmarks.sampler import Stack
from tests.support.process import ROOT

_OBSERVED = "benchmarks.observed"
_CALLS, _LEAST = 3, 0.2


PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- what make profile prints -->", "<!-- until here -->"


async def measure(rounds: int) -> list[str]:
    """Measure and print, one after the other. Return all lines."""
    async with World.open() as world:
        stacks, jobs = await _profile(world, rounds)
        lines = [*_areas(by_area(stacks), jobs), ""]
        print("\n".join(lines), flush=True)
        promises = await _promises(world, rounds)
        print("\n".join(promises))
    return [*lines, *promises]


def in_page(page: str, lines: list[str]) -> str:
    """Return the page with these lines in place of what was printed before."""
    before, rest = page.split(BEGIN)
    return "\n".join([before + BEGIN, "", *lines, "", END + rest.split(END)[1]])


async def _profile(world: World, rounds: int) -> tuple[dict[Stack, float], int]:
    async with world.bot("discord", module=_OBSERVED) as bot:
        await world.run(platform="discord", bot=bot.url, jobs=JOBS)
        bot.send(signal.SIGUSR2)
        for _ in range(rounds):
            await world.run(platform="discord", bot=bot.url, jobs=JOBS)
        stacks = _read(Path(await bot.answer(signal.SIGUSR2)))
    return stacks, rounds * JOBS


def _read(file: Path) -> dict[Stack, float]:
    return {tuple(stack): seconds for seconds, stack in json.loads(file.read_text())}


def _areas(areas: dict[str, Area], jobs: int) -> list[str]:
    total = sum(area.seconds for area in areas.values())
    rows = [("processor time of a job", "ms", "", "most of it in")]
    for name, area in areas.items():
        most = sorted(area.calls.items(), key=lambda call: -call[1])[:_CALLS]
        calls = [f"{call} {1000 * spent / jobs:.1f}" for call, spent in most if 1000 * spent / jobs >= _LEAST]
        rows.append((name, f"{1000 * area.seconds / jobs:.1f}", f"{area.seconds / total:.0%}", ", ".join(calls)))
    rows.append(("all", f"{1000 * total / jobs:.1f}", "100%", f"{jobs} jobs, Python {platform.python_version()}"))
    return columns(rows)


async def _promises(world: World, rounds: int) -> list[str]:
    """Run by turns the bot, the bare script, and the bot without each promise, and without all of them."""
    names = (*without.PROMISES, without.ALL)
    async with AsyncExitStack() as stack:
        bots = []
        for name in ("", *names):
            own = await stack.enter_async_context(World.open())
            settings = without.settings(name) | {"without": name}
            bots.append(await stack.enter_async_context(bot_runs(own, "discord", module=_OBSERVED, **settings)))
        bare = await stack.enter_async_context(bare_runs(world, "discord"))
        whole, *less, script = zip(*await by_turns(rounds, *bots, bare), strict=True)
    rows = [("", "ms of processor a job", "saved", "jobs/s"), _row("the bot", whole, whole)]
    for name, runs in zip(names, less, strict=True):
        words = without.PROMISES[name].words if name in without.PROMISES else "all of these"
        rows.append(_row(f"without {words}", runs, whole))
    return columns([*rows, _row("the bare script", script, whole)])


def _row(name: str, runs: tuple[Run, ...], whole: tuple[Run, ...]) -> tuple[str, str, str, str]:
    each = median(run.milliseconds for run in runs)
    saved = median(bot.milliseconds - run.milliseconds for bot, run in zip(whole, runs, strict=True))
    return name, f"{each:.1f}", "" if runs is whole else f"{saved:.1f}", f"{median(run.per_second for run in runs):.0f}"


def main() -> None:
    """Run the command line."""
    line = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    line.add_argument("--runs", type=int, default=5, help="how many rounds the medians are of")
    line.add_argument("--write", action="store_true", help="write it to docs/performance.md too")
    options = line.parse_args()
    lines = asyncio.run(measure(options.runs))
    if options.write:
        PAGE.write_text(in_page(PAGE.read_text(), lines))


if __name__ == "__main__":
    main()
