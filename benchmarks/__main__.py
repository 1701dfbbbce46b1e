"""`make bench`: measure everything, print a table; with `--write`, keep it in `benchmarks/results.md` too."""

import argparse
import asyncio
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks import burst, endtoend, memory, questions, start, transactions, waiting
from benchmarks.figure import Figure, table
from benchmarks.processes import World

PARTS = {
    "endtoend": endtoend.measure,
    "burst": burst.measure,
    "memory": memory.measure,
    "transactions": transactions.measure,
    "questions": questions.measure,
    "waiting": waiting.measure,
    "start": start.measure,
}
RESULTS = Path(__file__).with_name("results.md")


async def measure(parts: list[str], runs: int) -> list[Figure]:
    """Measure the parts, one after the other."""
    figures: list[Figure] = []
    async with World.open() as world:
        for part in parts:
            began = time.monotonic()
            figures += await PARTS[part](world, runs)
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def main() -> None:
    """Run the command line."""
    line = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    line.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all if none is named")
    line.add_argument("--runs", type=int, default=3, help="how many runs the medians are of")
    line.add_argument("--write", action="store_true", help="write benchmarks/results.md")
    options = line.parse_args()
    if strange := set(options.parts) - set(PARTS):
        line.error(f"no such part: {', '.join(sorted(strange))}")
    loads = os.getloadavg()[0]
    figures = asyncio.run(measure(options.parts or list(PARTS), options.runs))
    measured = table(figures)
    print(measured)
    if options.write:
        where = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {loads:.1f} when it began"
        RESULTS.write_text(
            f"# How fast it is\n\n`make bench`: medians of {options.runs} runs. {where}.\n\n{measured}\n"
        )


if __name__ == "__main__":
    main()
