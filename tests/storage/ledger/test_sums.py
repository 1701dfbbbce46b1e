"""What the database sums is what the rules say, for every status and fault, and for the words of a newer release."""

import itertools

import pytest
from sqlalchemy import text

from bot.core.model import Fault, Status, Usage
from bot.core.refusals import BudgetSpent
from bot.core.rules import lifecycle
from storage import Storage
from tests.storage.steps import accepted, brought_to
from tests.support.builders import MOMENT, day_of, new_job, new_limits
from tests.support.shares import billed, counted, in_doubt

_WORDS = [*(status.value for status in Status if status is not Status.UNCLEAR), "framed"]
_FAULTS = [None, Fault.RATE_LIMIT.value, Fault.CRASHED.value, Fault.EMPTY.value, Fault.VIOLATION_FEE.value, "flooded"]


_ASKED, _MADE = 5, 2


async def _written(storage: Storage, status: str, fault: str | None, sent: int | None) -> None:
    job = await brought_to(storage.jobs, Status.DELIVERING, new_job(n=_ASKED), images=_MADE)
    statement = text("UPDATE jobs SET status = :status, fault = :fault, images_sent = :sent WHERE id = :id")
    values = {"status": status, "fault": fault, "sent": sent, "id": job.id}
    await storage.database.write(lambda connection: connection.execute(statement, values))


@pytest.mark.parametrize("word", _WORDS)
async def test_the_sums_follow_the_rules(storage: Storage, word: str) -> None:
    spent = used = reserved = doubt = 0
    status = Status(word)
    for fault, sent in itertools.product(_FAULTS, (None, 3)):
        await _written(storage, word, fault, sent)
        used += counted(lifecycle.USED[status], asked=_ASKED, made=_MADE, sent=sent)
        reserved += counted(lifecycle.RESERVED[status], asked=_ASKED, made=_MADE, sent=sent)
        doubt += counted(in_doubt(status, Fault(fault) if fault else None), asked=_ASKED, made=_MADE, sent=sent)
        share = billed(status, Fault(fault) if fault else None)
        spent += counted(share, asked=_ASKED, made=_MADE, sent=sent)
        assert await storage.jobs.usage("test:ada", day_of(MOMENT)) == Usage(used=used, reserved=reserved, doubt=doubt)
        with pytest.raises(BudgetSpent):
            await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent))
    await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent + 1))
