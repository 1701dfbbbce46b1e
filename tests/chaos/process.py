"""The bot as a process that can be killed, with the chaos's own waiting times."""

import asyncio
import signal
import sys
from collections.abc import Sequence

from bot.cli import logs
from bot.cli.assembly import running
from bot.settings import load
from tests.chaos.bots import TIMINGS

# Nothing is in the database's way here, and on a busy machine an answer that it is too slow would be the right one.
_TIMINGS = TIMINGS._replace(database=30.0, accept=30.0)


def main(_: Sequence[str]) -> int:
    """Run the bot until it is asked to end, as `imagine-bot run` does."""
    asyncio.run(_run())
    return 0


async def _run() -> None:
    settings, stop = load(), asyncio.Event()
    logs.configure(settings)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(settings, _TIMINGS) as bot:
        sys.stdout.write("".join(f"{line}\n" for line in (f"{bot.url}/readyz", *bot.opened_at.values())))
        sys.stdout.flush()
        await stop.wait()
