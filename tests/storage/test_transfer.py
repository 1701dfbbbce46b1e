"""From a SQLite file to another database: every row, or none."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.clock import SystemClock
from bot.core.errors import StorageError
from storage import open_storage
from storage.database.database import Database
from storage.ledger.tables import cooldowns, gate, metadata
from storage.transfer import transfer
from tests.support.builders import MOMENT
from tests.support.process import imagine_bot

LEDGER = Path(__file__).parents[1] / "fixtures" / "ledger-1.db"
"""A ledger of an old release, with jobs of each status on each chat."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture
async def source(tmp_path: Path) -> Path:
    """Make a SQLite database of this release, which no bot uses."""
    path = tmp_path / "imagine.db"
    shutil.copy(LEDGER, path)
    async with Database.open(f"sqlite:///{path}") as database:
        await database.write(lambda connection: connection.execute(gate.update().values(out_of_order="balance")))
        await database.write(lambda connection: connection.execute(cooldowns.insert().values(model="m", until=MOMENT)))
    return path


async def rows(url: str) -> Rows:
    tables = metadata.sorted_tables
    async with Database.open(url) as database:
        return await database.read(
            lambda connection: {
                table.name: [
                    dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in tables
            }
        )


async def test_every_row_is_the_same_afterwards_and_the_bot_goes_on_from_it(
    source: Path, postgres_url: str, tmp_path: Path
) -> None:
    before = await rows(f"sqlite:///{source}")
    status, out, err = await imagine_bot(tmp_path, "import", "imagine.db", DATABASE_URL=postgres_url)
    count = len(before["jobs"])
    assert (status, out, err) == (0, f"Copied {count} jobs. Their images stay where they are.\n", "")
    assert count > 20
    assert await rows(postgres_url) == await rows(f"sqlite:///{source}") == before
    async with open_storage(
        database_url=postgres_url, image_store=str(tmp_path / "images"), clock=SystemClock()
    ) as there:
        assert sum((await there.jobs.counts()).values()) == count


async def test_a_database_with_jobs_is_left_alone(source: Path, tmp_path: Path, postgres_url: str) -> None:
    await transfer(source, postgres_url)
    before = await rows(postgres_url)
    with pytest.raises(StorageError, match="has jobs already"):
        await transfer(source, postgres_url)
    assert await rows(postgres_url) == before


async def test_nothing_is_copied_if_a_row_can_not_be(source: Path, tmp_path: Path, postgres_url: str) -> None:
    async with Database.open(f"sqlite:///{source}") as database:
        await database.write(lambda connection: connection.exec_driver_sql("UPDATE jobs SET images_made = 1 << 40"))
    with pytest.raises(StorageError):
        await transfer(source, postgres_url)
    assert (await rows(postgres_url))["jobs"] == []


async def test_what_a_bot_uses_is_not_copied(source: Path, tmp_path: Path) -> None:
    async with open_storage(
        database_url=f"sqlite:///{source}", image_store=str(tmp_path / "images"), clock=SystemClock()
    ):
        with pytest.raises(StorageError, match="Stop it first"):
            await transfer(source, f"sqlite:///{tmp_path}/new.db")
    assert await transfer(source, f"sqlite:///{tmp_path}/new.db")


async def test_what_can_not_be_copied_is_said(source: Path, tmp_path: Path) -> None:
    shutil.copy(LEDGER, tmp_path / "old.db")
    for name, said in {"none.db": "no file", "old.db": "older version", "new.db": "this very file"}.items():
        with pytest.raises(StorageError, match=said):
            await transfer(tmp_path / name, f"sqlite:///{tmp_path}/new.db")
    assert not (tmp_path / "none.db").exists()
