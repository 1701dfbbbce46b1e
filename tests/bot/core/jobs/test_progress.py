"""When it is shown that a job is being drawn: after its request has left, and soon in any case."""

import asyncio

from bot.core.jobs.progress import Progress, Shown
from bot.core.model import Job, Status
from tests.support.builders import job_from, new_job


class Stage:
    """Progress of a job, and how often it was shown."""

    def __init__(self) -> None:
        self.begun, self.shown = asyncio.Event(), asyncio.Event()
        self.progress = Progress(job_from(new_job(), Status.GENERATING), self._show, self.begun)
        self.task = asyncio.create_task(self.progress.run())

    async def _show(self, _: Job, __: Shown) -> None:
        self.shown.set()

    async def end(self) -> None:
        self.progress.end()
        await self.task


async def test_the_request_goes_first() -> None:
    stage = Stage()
    await asyncio.sleep(0)
    assert not stage.shown.is_set()
    stage.begun.set()
    async with asyncio.timeout(60):
        await stage.shown.wait()
    await stage.end()


async def test_a_request_that_can_not_leave_is_not_waited_for() -> None:
    stage = Stage()
    async with asyncio.timeout(60):
        await stage.shown.wait()
    assert not stage.begun.is_set()
    await stage.end()
