"""Another process on the same storage, to be forked and killed: opens it, claims a job, and stays."""

import asyncio
import sys
from collections.abc import Sequence

from bot.core.clock import SystemClock
from storage import open_storage


async def run(database_url: str, image_store: str, *, stay: bool) -> None:
    async with open_storage(database_url=database_url, image_store=image_store, clock=SystemClock()) as storage:
        claim = await storage.jobs.claim(storage.owner, max_running=8)
        sys.stdout.write(f"{storage.owner} {claim.job.id if claim else '-'}\n")
        sys.stdout.flush()
        if stay:
            await asyncio.Event().wait()


def main(arguments: Sequence[str]) -> int:
    """Run it: the arguments are a `DATABASE_URL`, an `IMAGE_STORE`, and `stay` to stay."""
    asyncio.run(run(arguments[0], arguments[1], stay=arguments[2:] == ["stay"]))
    return 0
