"""What the database sums is what the rules say, for every status and fault, and for the words of a newer release."""

import pytest
from sqlalchemy import text

from bot.core.errors import BudgetSpent
from bot.core.model import Fault, Status, Usage
from bot.core.rules import lifecycle
from storage import Storage
from tests.storage.steps import accepted, brought_to
from tests.support.builders import MOMENT, day_of, new_job, new_limits
from tests.support.shares import billed, counted

_WORDS = [*(status.value for status in Status if status is not Status.UNCLEAR), "framed"]
_FAULTS = [None, Fault.RATE_LIMIT.value, Fault.CRASHED.value, "flooded"]


async def _written(storage: Storage, status: str, fault: str | None) -> None:
    job = await brought_to(storage.jobs, Status.DELIVERING, new_job(n=3), images=2)
    statement = text("UPDATE jobs SET status = :status, fault = :fault WHERE id = :id")
    values = {"status": status, "fault": fault, "id": job.id}
    await storage.database.write(lambda connection: connection.execute(statement, values))


@pytest.mark.parametrize("word", _WORDS)
async def test_the_sums_follow_the_rules(storage: Storage, word: str) -> None:
    spent = used = reserved = 0
    status = Status(word)
    for fault in _FAULTS:
        await _written(storage, word, fault)
        used += counted(lifecycle.USED[status], asked=3, made=2)
        reserved += counted(lifecycle.RESERVED[status], asked=3, made=2)
        share = billed(status, Fault(fault) if fault else None)
        spent += counted(share, asked=3, made=2)
        assert await storage.jobs.usage("test:ada", day_of(MOMENT)) == Usage(used=used, reserved=reserved)
        with pytest.raises(BudgetSpent):
            await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent))
    await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent + 1))
