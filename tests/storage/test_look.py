"""A look at a database says what is in it, on SQLite and on PostgreSQL, and changes nothing there."""

from datetime import timedelta

import pytest

from bot.core.errors import StorageError
from bot.core.model import Fault
from storage import Storage
from storage.look import look
from tests.storage.steps import accepted
from tests.support.builders import MovableClock


async def test_a_look_says_how_many_jobs_there_are_and_how_old_the_newest_is(
    own_storage: Storage, database_url: str, clock: MovableClock
) -> None:
    await accepted(own_storage.jobs)
    newest = await accepted(own_storage.jobs)
    until = clock.now() + timedelta(minutes=1)
    await own_storage.jobs.refuse_model("dall-e-2", until, Fault.MODEL_UNAVAILABLE)
    found = await look(database_url)
    assert (found.jobs, found.newest, found.due) == (2, newest.created_at, 0)
    assert found.refused == {"dall-e-2": until}
    assert f"{newest.created_at:2 jobs, newest %Y-%m-%d %H:%M UTC}" in str(found)


async def test_a_look_at_an_empty_server_makes_no_tables(postgres_url: str) -> None:
    for _ in range(2):
        assert (await look(postgres_url)).revision == ""


async def test_a_look_at_a_server_that_is_away_says_so() -> None:
    with pytest.raises(StorageError, match="Check that the server is running"):
        await look("postgresql://ada@127.0.0.1:1/imagine")
