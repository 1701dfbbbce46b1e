"""Queue news: the questions of a round to the ledger don't grow with the number of waiting people."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.model import Job
from bot.core.queue import QueuePosition
from storage import open_storage
from storage.ledger.repository import SqlJobRepository
from tests.support.builders import MovableClock, new_address, new_job, new_limits


class Told:
    """Stands for the delivery: keeps which job was told of which place."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    async def show_position(self, job: Job, position: QueuePosition, _: object) -> None:
        self.places[job.id] = position.number


@contextmanager
def statements() -> Iterator[list[str]]:
    """Keep the statements that run meanwhile."""
    seen: list[str] = []

    def keep(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


@asynccontextmanager
async def waiting(
    folder: Path, people: int, *, hold: timedelta = timedelta(0)
) -> AsyncIterator[tuple[SqlJobRepository, list[str], QueueUpdates, Told]]:
    """Let so many people wait. Each of them was told of a place that is one too high by now."""
    told: Any = Told()
    address, clock = f"sqlite:///{folder}/ledger.db", MovableClock()
    async with open_storage(database_url=address, image_store=str(folder / "images"), clock=clock) as stores:
        updates = QueueUpdates(ledger=stores.jobs, delivery=told, clock=clock, max_running=1)
        ids = []
        for number in range(people):
            job = new_job(f"test:person-{number}")
            accepted = await stores.jobs.accept(job, new_limits(), hold=hold, max_running=1)
            updates.watch(job.id, QueuePosition(number=accepted.position.number + 1))
            ids.append(job.id)
        yield stores.jobs, ids, updates, told


async def _asked(folder: Path, people: int) -> tuple[int, int]:
    async with waiting(folder, people) as (_, _, updates, told):
        with statements() as seen:
            await updates.round()
        return sum("jobs" in statement for statement in seen), len(told.places)


async def test_a_round_asks_as_much_for_many_as_for_a_few(tmp_path: Path) -> None:
    few, many = await _asked(tmp_path / "few", 12), await _asked(tmp_path / "many", 50)
    assert few == many
    assert few[1] == 10


async def test_those_left_out_of_a_round_are_told_by_the_next(tmp_path: Path) -> None:
    async with waiting(tmp_path, 15) as (_, ids, updates, told):
        await updates.round()
        await updates.round()
        assert told.places == {job_id: number for number, job_id in enumerate(ids, 1) if number > 1}


async def test_people_who_are_next_or_whose_job_was_taken_are_told_nothing(tmp_path: Path) -> None:
    async with waiting(tmp_path, 4) as (jobs, ids, updates, told):
        await jobs.claim("ada-worker", max_running=8)
        await updates.round()
        assert told.places == {ids[2]: 2, ids[3]: 3}


async def test_a_job_whose_first_message_is_still_being_posted_has_no_news(tmp_path: Path) -> None:
    async with waiting(tmp_path, 4, hold=timedelta(seconds=10)) as (jobs, ids, updates, told):
        await jobs.confirm(ids[2], new_address())
        await updates.round()
        assert told.places == {ids[2]: 3}
        for job_id in ids:
            await jobs.confirm(job_id, new_address())
        await updates.round()
        assert told.places == {ids[1]: 2, ids[2]: 3, ids[3]: 4}
