"""Another process on the same storage, to be run with `-m` and killed: opens it, claims a job, and stays."""

import asyncio
import sys

from bot.core.clock import SystemClock
from storage import open_storage


async def run(database_url: str, image_store: str, *, stay: bool) -> None:
    async with open_storage(database_url=database_url, image_store=image_store, clock=SystemClock()) as storage:
        claim = await storage.jobs.claim(storage.owner, max_running=8)
        sys.stdout.write(f"{storage.owner} {claim.job.id if claim else '-'}\n")
        sys.stdout.flush()
        if stay:
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], stay=sys.argv[3:] == ["stay"]))
