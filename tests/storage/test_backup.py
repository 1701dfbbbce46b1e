"""What becomes of each job when the ledger is an old copy, on both databases."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.clock import SystemClock
from bot.core.errors import StorageError
from bot.core.image import StoredImage
from bot.core.model import Fault, Status
from storage import open_storage
from storage.backup import back_up_images, backup, restore
from tests.storage.conftest import OpenStorage
from tests.storage.steps import brought_to
from tests.support.builders import new_image, new_job
from tests.support.totals import wrong
from tests.support.trouble import no_room

NOW = datetime(2026, 3, 15, tzinfo=UTC)


async def nothing(_: Mapping[str, int], __: Sequence[str]) -> Mapping[str, tuple[StoredImage, ...]]:
    return {}


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.UNCLEAR])
async def test_nothing_of_an_old_copy_is_sent_again(opening: OpenStorage, database_url: str, status: Status) -> None:
    async with opening() as storage:
        before = await brought_to(storage.jobs, status)
    await restore(database_url, None, NOW, nothing)
    async with opening() as storage:
        after = await storage.jobs.get(before.id)
        assert after
        if status in {Status.QUEUED, Status.GENERATING}:
            assert (after.status, after.fault, after.notified) == (Status.UNKNOWN, Fault.RESTORED, False)
        else:
            assert (after.status, after.fault, after.images) == (before.status, before.fault, before.images)
            assert after.notified == before.notified
        assert after.announced or after.notified
        claim = await storage.jobs.claim(storage.owner, max_running=8)
        assert claim is None or claim.job.status not in {Status.QUEUED, Status.GENERATING}
        assert (claim is None) == before.notified
        assert await storage.database.read(lambda connection: list(wrong(connection))) == []


@pytest.mark.parametrize("status", [Status.QUEUED, Status.GENERATING])
@pytest.mark.parametrize("count", [1, 2])
async def test_images_that_were_stored_since_are_shown(
    opening: OpenStorage, database_url: str, status: Status, count: int
) -> None:
    async with opening() as storage:
        job = await brought_to(storage.jobs, status, new_job(n=2))
    images = tuple(new_image(job.id, index) for index in range(count))

    async def find(asked: Mapping[str, int], known: Sequence[str]) -> Mapping[str, tuple[StoredImage, ...]]:
        assert (asked, known) == ({job.id: 2}, [])
        return {job.id: images}

    await restore(database_url, None, NOW, find)
    async with opening() as storage:
        after = await storage.jobs.get(job.id)
        assert after
        assert (after.status, after.images) == (Status.DELIVERING, images)
        assert after.fault is (Fault.RESTORED if count < 2 else None)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.GENERATING, Status.DELIVERING, Status.DELIVERED])
async def test_with_a_new_image_store_what_people_see_stays_as_it_is(
    opening: OpenStorage, database_url: str, status: Status
) -> None:
    async with opening() as storage:
        shown = await brought_to(storage.jobs, Status.DELIVERED)
        job = await brought_to(storage.jobs, status)

    async def find(_: Mapping[str, int], known: Sequence[str]) -> None:
        assert shown.images[0].key in known

    done = await restore(database_url, None, NOW, find)
    assert done.left == (status in {Status.QUEUED, Status.GENERATING})
    async with opening() as storage:
        after = await storage.jobs.get(job.id)
        assert after
        assert after.notified == (status is not Status.DELIVERING)


async def test_a_database_in_use_is_no_old_copy(opening: OpenStorage, database_url: str) -> None:
    async with opening() as storage:
        job = await brought_to(storage.jobs, Status.QUEUED)
        with pytest.raises(StorageError, match="Stop it first"):
            await restore(database_url, None, NOW, nothing)
        assert await storage.jobs.get(job.id) == job


async def test_a_missing_database_is_no_old_copy(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no database"):
        await restore(f"sqlite:///{tmp_path}/imagine.db", None, NOW, nothing)


@pytest.mark.parametrize("size", [1024, 4096])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_ledger_has_pages_of_a_kilobyte_and_one_of_an_older_release_keeps_its_own_in_a_backup(
    opening: OpenStorage, database_url: str, tmp_path: Path, size: int
) -> None:
    async with opening() as storage:
        job = await brought_to(storage.jobs, Status.DELIVERED)
    ledger, file = tmp_path / "ledger.db", tmp_path / "monday.db"
    assert page_size(ledger) == 1024
    with closing(sqlite3.connect(ledger)) as older:
        older.executescript(f"PRAGMA journal_mode = DELETE; PRAGMA page_size = {size}; VACUUM")
    await backup(database_url, file)
    ledger.unlink()
    async with opening():
        pass
    await restore(database_url, file, NOW, nothing)
    async with opening() as storage:
        assert await storage.jobs.get(job.id) == job
        await brought_to(storage.jobs, Status.DELIVERED)
    assert page_size(ledger) == size


def page_size(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        return int(opened.execute("PRAGMA page_size").fetchone()[0])


@pytest.mark.parametrize("away", ["images", "monday.db.images"])
async def test_images_that_can_not_be_copied_are_a_storage_error(
    tmp_path: Path, migrated_file: Path, away: str
) -> None:
    database_url, file = f"sqlite:///{tmp_path}/ledger.db", tmp_path / "monday.db"
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    async with open_storage(
        database_url=database_url, image_store=str(tmp_path / "images"), clock=SystemClock()
    ) as storage:
        await brought_to(storage.jobs, Status.DELIVERED)
        await backup(database_url, file)
        assert await back_up_images(file, storage.images) == (0, 1)
        with no_room(tmp_path / away), pytest.raises(StorageError, match=f"{tmp_path}/{away}"):
            await back_up_images(file, storage.images)
