"""`make bench`: measure everything, print a table, and write `benchmarks/measured.json`.

With `--write` it is written to what the repository keeps, `benchmarks/results.json` and `results.md`; with `--compare`
it is compared with that, and a ratio that has got worse by more than a quarter is a failure.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import (
    among,
    burst,
    disk,
    endtoend,
    felt,
    inflight,
    kept,
    memory,
    objects,
    questions,
    replicas,
    start,
    transactions,
    waiting,
)
from benchmarks.figure import Figure, table
from benchmarks.processes import TooBusy, World

PARTS: dict[str, Callable[[World, int], Awaitable[list[Figure]]]] = {
    "endtoend": endtoend.measure,
    "felt": felt.measure,
    "burst": burst.measure,
    "inflight": inflight.measure,
    "among": among.measure,
    "replicas": replicas.measure,
    "disk": disk.measure,
    "objects": objects.measure,
    "memory": memory.measure,
    "transactions": transactions.measure,
    "questions": questions.measure,
    "waiting": waiting.measure,
    "start": start.measure,
}
MEASURED = Path(__file__).with_name("measured.json")


async def measure(names: list[str], rounds: int) -> dict[str, kept.Part]:
    """Measure the parts, one after the other. A part for which the machine is too busy is left out."""
    parts: dict[str, kept.Part] = {}
    load = os.getloadavg()[0]
    async with World.open() as world:
        for name in names:
            began = time.monotonic()
            try:
                figures = await PARTS[name](world, rounds)
            except TooBusy as error:
                print(f"{name}: not measured: {error}", file=sys.stderr, flush=True)
                continue
            parts[name] = kept.Part(
                python=platform.python_version(),
                cores=os.cpu_count() or 1,
                load=load,
                rounds=rounds,
                figures=figures,
            )
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return parts


def main() -> int:
    """Run the command line. Return the exit status."""
    line = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    line.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all if none is named")
    line.add_argument("--runs", type=int, default=10, help="how many rounds the medians are of; long parts have fewer")
    line.add_argument("--write", action="store_true", help="write benchmarks/results.json and results.md")
    line.add_argument("--compare", action="store_true", help="fail if a ratio is worse than the kept one by over 25 %%")
    options = line.parse_args()
    if strange := set(options.parts) - set(PARTS):
        line.error(f"no such part: {', '.join(sorted(strange))}")
    before = kept.from_json(kept.KEPT.read_text()) if kept.KEPT.exists() else {}
    parts = asyncio.run(measure(options.parts or list(PARTS), options.runs))
    now = [figure for part in parts.values() for figure in part.figures]
    print(table(now))
    MEASURED.write_text(kept.to_json(parts))
    if options.write:
        merged = {**before, **parts}
        ordered = {name: merged[name] for name in PARTS if name in merged}
        kept.KEPT.write_text(kept.to_json(ordered))
        kept.PAGE.write_text(kept.page(ordered))
    missing = len(parts) < len(options.parts or PARTS)
    if not options.compare:
        return int(missing)
    worse = kept.worse([figure for part in before.values() for figure in part.figures], now)
    print(
        "\n".join(["", "Worse than what is kept:", *worse] if worse else ["", "No ratio is worse than what is kept."])
    )
    return int(missing or bool(worse))


if __name__ == "__main__":
    sys.exit(main())
