"""Jobs that the page is to delete: until that begins it can be undone, and then it can't."""

import asyncio
from typing import cast

import pytest

from adapters.web.deletions import Deletions
from adapters.web.events import Changes
from bot.core.dispatch import Bot
from bot.core.model import Status
from bot.core.replies import Answer, Deletion
from tests.support.builders import job_from, new_job


class SlowBot:
    """Deletes when it is let to."""

    def __init__(self) -> None:
        self.asked, self.answer = asyncio.Event(), asyncio.Future[Answer]()

    async def delete(self, _: Deletion) -> Answer:
        self.asked.set()
        return await self.answer


@pytest.mark.parametrize("refused", [False, True])
async def test_what_is_being_deleted_can_not_be_undone_unless_that_fails(refused: bool) -> None:
    bot, job = SlowBot(), job_from(new_job(), Status.DELIVERED)
    deletions = Deletions(cast("Bot", bot), Changes())
    deletion = Deletion(job=job, by=job.origin)
    deletions.hold(deletion)
    deleting = asyncio.create_task(deletions.now(deletion))
    await bot.asked.wait()
    assert not deletions.undo(job)
    assert deletions.is_held(job)
    bot.answer.set_result(Answer(refused=refused))
    await deleting
    assert deletions.is_held(job) is deletions.undo(job) is refused
    await deletions.close()
