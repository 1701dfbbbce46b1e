"""What is known about people: the latest answer of their platform, beside settings of their own."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.errors import StorageError
from bot.core.model import Status
from bot.core.origin import Profile
from storage import Storage
from tests.storage.conftest import OpenStorage
from tests.storage.steps import brought_to
from tests.support.builders import MOMENT, day_of, new_job

ADA = "slack:T1:U1"
DAY = timedelta(days=1)


async def write(storage: Storage, statement: str) -> None:
    await storage.database.write(lambda connection: connection.execute(text(statement)))


async def test_a_person_that_was_never_asked_about_is_not_known(storage: Storage) -> None:
    assert await storage.people.known(ADA) is None


async def test_every_process_knows_the_latest_answer(opening: OpenStorage) -> None:
    async with opening() as one, opening() as another:
        await one.people.remember(ADA, name="Ada", locale="ja-JP", asked=MOMENT)
        assert await another.people.known(ADA) == Profile(id=ADA, name="Ada", locale="ja-JP", asked=MOMENT)
        await another.people.remember(ADA, name="Ada L.", locale="", asked=MOMENT + DAY)
        await one.people.remember(ADA, name="late", locale="late", asked=MOMENT)
        assert await one.people.known(ADA) == Profile(id=ADA, name="Ada L.", asked=MOMENT + DAY)
        assert await one.people.known("slack:T2:U1") is None


async def test_answers_that_arrive_at_once_are_one_row(storage: Storage) -> None:
    moments = [MOMENT + timedelta(seconds=second) for second in range(10)]
    await asyncio.gather(
        *(storage.people.remember(ADA, name=f"{moment}", locale="ja-JP", asked=moment) for moment in moments)
    )
    assert await storage.people.known(ADA) == Profile(id=ADA, name=f"{moments[-1]}", locale="ja-JP", asked=moments[-1])


async def test_a_new_answer_leaves_the_settings_as_they_are(storage: Storage) -> None:
    await write(storage, f"""INSERT INTO people (id, settings) VALUES ('{ADA}', '{{"language": "eo", "new": [1]}}')""")
    assert await storage.people.known(ADA) == Profile(id=ADA, settings={"language": "eo", "new": [1]})
    await storage.people.remember(ADA, name="Ada", locale="ja-JP", asked=MOMENT)
    assert await storage.people.known(ADA) == Profile(
        id=ADA, name="Ada", locale="ja-JP", asked=MOMENT, settings={"language": "eo", "new": [1]}
    )


async def test_settings_of_another_form_are_left_out(storage: Storage) -> None:
    await write(storage, f"INSERT INTO people (id, name, settings) VALUES ('{ADA}', 'Ada', '[1]')")
    assert await storage.people.known(ADA) == Profile(id=ADA, name="Ada")


async def test_a_row_that_can_not_be_read_is_as_good_as_none(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    await write(storage, f"INSERT INTO people (id, asked) VALUES ('{ADA}', 9000000000000000000)")
    assert await storage.people.known(ADA) is None
    assert ADA in caplog.text


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_settings_that_are_no_json_do_not_keep_the_answer_away(storage: Storage) -> None:
    await write(storage, f"INSERT INTO people (id, settings) VALUES ('{ADA}', 'no JSON')")
    assert await storage.people.known(ADA) is None


async def test_characters_that_no_database_takes_are_left_out(storage: Storage) -> None:
    await storage.people.remember(ADA, name="A\0da \ud800", locale="en", asked=MOMENT)
    known = await storage.people.known(ADA)
    assert known is not None
    assert known.name == "Ada ?"


async def test_a_database_that_is_away_is_said(opening: OpenStorage) -> None:
    async with opening() as closed:
        pass
    with pytest.raises(StorageError):
        await closed.people.known(ADA)
    with pytest.raises(StorageError):
        await closed.people.remember(ADA, name="Ada", locale="en", asked=MOMENT)


FORMER = "slack:T1:U1"
NOW_IT_IS = "slack:E1:U1"


@pytest.mark.parametrize("known_already", [True, False])
async def test_what_is_stored_under_a_former_id_becomes_the_users_once_for_all_processes(
    opening: OpenStorage, known_already: bool
) -> None:
    async with opening() as one, opening() as another:
        job = await brought_to(one.jobs, Status.DELIVERED, new_job(FORMER, n=2), images=2)
        await one.people.remember(FORMER, name="Ada", locale="ja-JP", asked=MOMENT)
        if known_already:
            await one.people.remember(NOW_IT_IS, name="Ada L.", locale="en", asked=MOMENT)
        await asyncio.gather(*(storage.people.adopt(FORMER, NOW_IT_IS) for storage in (one, another) for _ in range(3)))
        assert (await one.jobs.usage(NOW_IT_IS, day_of(MOMENT))).used == 2
        assert (await one.jobs.usage(FORMER, day_of(MOMENT))).used == 0
        adopted = await another.jobs.get(job.id)
        assert adopted
        assert adopted.origin.user.id == NOW_IT_IS
        known = await another.people.known(NOW_IT_IS)
        assert known
        assert known.name == ("Ada L." if known_already else "Ada")
        assert await another.people.known(FORMER) is None
