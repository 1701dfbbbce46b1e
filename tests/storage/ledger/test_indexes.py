"""Questions stay quick while jobs pile up: none reads the whole ledger, or compares all waiting jobs to all leases."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Engine, event, false, select, text

from bot.core.image import Note
from bot.core.model import Status
from storage import Storage
from storage.ledger.constants import fixed
from storage.ledger.places import LEASED, WAITING
from storage.ledger.repository import SqlJobRepository
from storage.ledger.tables import NOT_DELIVERED, UNFINISHED
from storage.ledger.tables import jobs as jobs_table
from tests.storage.steps import accepted, brought_to, claimed
from tests.support.builders import MovableClock, day_of, new_image, new_job, new_limits

_BIG = re.compile("jobs|totals")
# All that is unfinished may be read, and what a count goes over.
_SCAN = re.compile("SCAN (jobs|totals)(?! USING (COVERING )?INDEX jobs_(unfinished|not_delivered))")
_EACH_WITH_EACH = re.compile("SCAN .* LEFT-JOIN")


@pytest.fixture
def storage(own_storage: Storage) -> Storage:
    """Take a storage without prepared statements."""
    return own_storage


@pytest.fixture
def plans() -> Iterator[dict[str, list[str]]]:
    """Keep SQLite's plan of every statement that runs meanwhile."""
    seen: dict[str, list[str]] = {}

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE")) and statement not in seen and _BIG.search(statement):
            explaining = connection.connection.cursor()
            explaining.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            seen[statement] = [row[3] for row in explaining.fetchall()]
            explaining.close()

    event.listen(Engine, "before_cursor_execute", explain)
    yield seen
    event.remove(Engine, "before_cursor_execute", explain)


PARTIAL = {
    "jobs_unfinished": (WAITING, LEASED, UNFINISHED, jobs_table.c.told == false()),
    "jobs_delivered": (fixed(jobs_table.c.status == Status.DELIVERED),),
    "jobs_not_delivered": (NOT_DELIVERED,),
}


async def test_both_databases_find_each_partial_index_by_its_condition(storage: Storage) -> None:
    def plan(connection: Connection, having: ColumnElement[bool]) -> str:
        on_sqlite = connection.dialect.name == "sqlite"
        if not on_sqlite:  # where there are few rows, it reads all of them if it may
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        asked = str(select(jobs_table.c.told).where(having).compile(connection))
        rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{asked}"))
        return " ".join(str(row[-1]) for row in rows)

    for index, conditions in PARTIAL.items():
        for having in conditions:
            assert index in await storage.database.read(partial(plan, having=having))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_no_question_reads_the_whole_ledger(
    jobs: SqlJobRepository, clock: MovableClock, plans: dict[str, list[str]]
) -> None:
    delivering = await brought_to(jobs, Status.DELIVERING)
    for number in range(3):
        job = await accepted(jobs, new_job(parent=f"shown-{number}"), new_limits(budget=1000))
    await jobs.advance(delivering, Status.DELIVERED)
    await brought_to(jobs, Status.DELIVERING, new_job(n=3), images=3)
    sent = await brought_to(jobs, Status.GENERATING, new_job(n=9))
    await jobs.add_images(sent, [new_image(sent.id)], Note(), max_running=8)
    await jobs.queue_position(job.id, max_running=1)
    await jobs.queue_positions([job.id], max_running=1)
    await jobs.waiting_since()
    leased = await claimed(jobs)
    await jobs.renew("ada-worker", [leased.id])
    await jobs.take_over("grace-worker")
    await jobs.cancel(job.id)
    await jobs.durations(["dall-e-3"])
    await jobs.usage("test:ada", day_of(clock.now()))
    await jobs.open_jobs("test:ada")
    await jobs.newest_waiting()
    await jobs.counts()
    await jobs.give_up_on_gateway(timedelta())
    await jobs.follow_clock("ada-worker", timedelta(minutes=1))
    page = await jobs.history("test:ada", size=1)
    await jobs.history("test:ada", size=1, cursor=page.older)
    assert len(plans) > 20
    assert [question for question in plans if "totals" in question]
    assert {question: plan for question, plan in plans.items() if _SCAN.search(" ".join(plan))} == {}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_lease_is_searched_for_where_those_who_wait_are_counted(
    jobs: SqlJobRepository, plans: dict[str, list[str]]
) -> None:
    await brought_to(jobs, Status.GENERATING)
    waiting = await accepted(jobs, new_job())
    await jobs.queue_positions([waiting.id], max_running=1)
    await claimed(jobs)
    joined = {question: plan for question, plan in plans.items() if "LEFT OUTER JOIN" in question}
    assert len(joined) == 3
    steps = [step for plan in joined.values() for step in plan]
    assert [step for step in steps if _EACH_WITH_EACH.search(step)] == []
