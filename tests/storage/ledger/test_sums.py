"""What the database sums is what the rules say, for every status and fault, and for the words of a newer release."""

import itertools

import pytest
from sqlalchemy import Connection, literal, select

from bot.core.model import Fault, Job, Status, Usage
from bot.core.refusals import BudgetSpent
from bot.core.rules import lifecycle
from storage import Storage
from storage.ledger.tables import jobs
from tests.storage.steps import accepted, brought_to
from tests.support.builders import MOMENT, day_of, new_job, new_limits
from tests.support.shares import billed, counted, in_doubt

_WORDS = [*(status.value for status in Status if status is not Status.UNCLEAR), "framed"]
_FAULTS = [None, Fault.RATE_LIMIT.value, Fault.CRASHED.value, Fault.EMPTY.value, Fault.VIOLATION_FEE.value, "flooded"]


_ASKED, _MADE = 5, 2


async def _written(storage: Storage, like: Job, status: str, fault: str | None, sent: int | None) -> None:
    """Write a job that is like another one, and then becomes this: to bring each so far takes four transactions."""
    new = new_job()
    own = {jobs.c.id: literal(new.id), jobs.c.key: literal(new.origin.key)}
    copied = select(*(own.get(column, column) for column in jobs.columns)).where(jobs.c.id == like.id)
    becomes = {"status": status, "fault": fault, "images_sent": sent}

    def write(connection: Connection) -> None:
        connection.execute(jobs.insert().from_select(list(jobs.columns), copied))
        connection.execute(jobs.update().where(jobs.c.id == new.id).values(becomes))

    await storage.database.write(write)


@pytest.mark.parametrize("word", _WORDS)
async def test_the_sums_follow_the_rules(storage: Storage, word: str) -> None:
    like = await brought_to(storage.jobs, Status.DELIVERING, new_job(n=_ASKED), images=_MADE)
    used = counted(lifecycle.USED[Status.DELIVERING], asked=_ASKED, made=_MADE, sent=like.images_sent)
    spent = counted(billed(Status.DELIVERING, None), asked=_ASKED, made=_MADE, sent=like.images_sent)
    reserved = doubt = 0
    status = Status(word)
    for fault, sent in itertools.product(_FAULTS, (None, 3)):
        await _written(storage, like, word, fault, sent)
        used += counted(lifecycle.USED[status], asked=_ASKED, made=_MADE, sent=sent)
        reserved += counted(lifecycle.RESERVED[status], asked=_ASKED, made=_MADE, sent=sent)
        doubt += counted(in_doubt(status, Fault(fault) if fault else None), asked=_ASKED, made=_MADE, sent=sent)
        share = billed(status, Fault(fault) if fault else None)
        spent += counted(share, asked=_ASKED, made=_MADE, sent=sent)
        assert await storage.jobs.usage("test:ada", day_of(MOMENT)) == Usage(used=used, reserved=reserved, doubt=doubt)
        with pytest.raises(BudgetSpent):
            await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent))
    await accepted(storage.jobs, new_job("test:grace"), new_limits(budget=spent + 1))
