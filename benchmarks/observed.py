"""The bot, and a look into it: `python -m benchmarks.observed run` runs it, and answers signals on standard output.

SIGUSR1: how many objects are in memory. SIGUSR2: a profile begins, and at the next one it ends, and is in the file that
is named: the seconds of processor of each stack. `WITHOUT` names a promise that it doesn't keep.
"""

import gc
import json
import os
import signal
import sys
from pathlib import Path

from benchmarks.sampler import Sampler
from benchmarks.without import take_out

ANSWER = "observed: "
"""How a line begins that is an answer."""


def main() -> int:
    """Run the command line."""
    from bot.cli.main import main as run

    samplers: list[Sampler] = []

    def count(*_: object) -> None:
        gc.collect()
        _answer(len(gc.get_objects()) + gc.get_freeze_count())

    def profile(*_: object) -> None:
        if samplers:
            stacks = [[seconds, stack] for stack, seconds in samplers.pop().stop().items()]
            file = Path("profile.json").absolute()
            file.write_text(json.dumps(stacks))
            _answer(file)
        else:
            samplers.append(Sampler())
            samplers[0].start()

    signal.signal(signal.SIGUSR1, count)
    signal.signal(signal.SIGUSR2, profile)
    take_out(os.environ.pop("WITHOUT", ""))
    return run()


def _answer(what: object) -> None:
    print(f"{ANSWER}{what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
