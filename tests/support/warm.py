"""One job on a ledger of its own, so that the SQL of each step is compiled before bots are forked (zygote.py)."""

import tempfile
from datetime import timedelta
from pathlib import Path

from bot.core.image import Note
from bot.core.model import Status
from storage import open_storage
from tests.support.builders import MovableClock, day_of, new_image, new_job, new_limits
from tests.support.statements import keep_statements

_HOLD = timedelta(seconds=30)


async def draw_once() -> None:
    """Take a job from its acceptance to its delivery, and ask what a bot asks when it starts."""
    keep_statements()
    clock = MovableClock()
    with tempfile.TemporaryDirectory() as folder:
        url, images = f"sqlite:///{folder}/ledger.db", Path(folder) / "images"
        async with open_storage(database_url=url, image_store=str(images), clock=clock) as storage:
            jobs, owner = storage.jobs, storage.owner
            accepted = (await jobs.accept(new_job(), new_limits(budget=1000), hold=_HOLD, max_running=8)).job
            await jobs.confirm(accepted.id, accepted.origin.address)
            claim = await jobs.claim(owner, max_running=8)
            assert claim is not None
            job = await jobs.advance(claim.job, Status.GENERATING, max_running=8)
            await jobs.renew(owner, [job.id])
            job = await jobs.add_images(job, [new_image(job.id)], Note(request_id="1"), complete=True)
            await jobs.advance(job, Status.DELIVERED)
            await jobs.take_over(owner)
            await jobs.newest_waiting()
            await jobs.end_left_waiting()
            await jobs.give_up_on_gateway(timedelta())
            await jobs.counts()
            await jobs.waiting_since()
            await jobs.history(job.origin.user.id, size=5)
            await jobs.usage(job.origin.user.id, day_of(clock.now()))
