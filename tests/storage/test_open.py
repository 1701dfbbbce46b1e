"""Opening the storage: it is refused unless both stores can be written, and the error describes the place."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.clock import SystemClock
from bot.core.errors import StorageError
from storage import open_storage
from storage.database.filelock import FileLock
from storage.database.liveness import FileLiveness
from tests.support.trouble import no_bytes

NEEDS_MODES = pytest.mark.skipif(os.geteuid() == 0, reason="modes keep everybody but root from writing")


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> Path:
    path = tmp_path / "imagine.db"
    shutil.copy(migrated_file, path)
    path.chmod(0o644)
    return path


async def refusal(database: Path, images: Path) -> str:
    with pytest.raises(StorageError) as refused:
        async with open_storage(
            database_url=f"sqlite:///{database}", image_store=str(images), clock=SystemClock(), seconds=1
        ):
            pass
    return str(refused.value)


async def test_a_disk_without_room_is_refused_with_owner_mode_and_room(database: Path, tmp_path: Path) -> None:
    with no_bytes():
        said = await refusal(database, tmp_path / "images")
    assert f"{database} failed: " in said
    assert f"{database} belongs to " in said
    assert "its mode is 0644, and " in said
    assert " MB are free there; the bot runs as " in said


@pytest.mark.parametrize("mask", [0o000, 0o022])
async def test_what_is_made_is_for_the_bots_user_alone(tmp_path: Path, mask: int) -> None:
    """Prompts, short-lived tokens and pictures: also what SQLite puts beside the database."""
    data = tmp_path / "new" / "data"
    before = os.umask(mask)
    try:
        async with open_storage(
            database_url=f"sqlite:///{data}/imagine.db", image_store=str(data / "images"), clock=SystemClock()
        ) as storage:
            await storage.images.put("06600000000000bbbbbbbbbbbb/0.png", b"image")
            made = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "new").rglob("*")}
    finally:
        os.umask(before)
    assert {"imagine.db", "imagine.db-wal", "imagine.db-shm", "0.png"} <= {path.name for path in made}
    assert {str(path): mode for path, mode in made.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


async def test_an_image_store_that_takes_nothing_new_is_refused(database: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    (images / ".imagine-bot").touch()
    (images / ".probe").touch()
    assert f"The image store {images} can't store an image" in await refusal(database, images)


@NEEDS_MODES
@pytest.mark.parametrize("name", ["imagine.db", "images"])
async def test_what_is_read_only_is_refused_with_its_mode(database: Path, tmp_path: Path, name: str) -> None:
    images = tmp_path / "images"
    images.mkdir()
    (images / ".imagine-bot").touch()
    place, mode = tmp_path / name, (tmp_path / name).stat().st_mode
    place.chmod(mode & ~0o222)
    said = await refusal(database, images)
    place.chmod(mode)
    assert f"{place} belongs to " in said
    assert f"its mode is {mode & 0o555:04o}" in said


async def test_a_database_that_is_damaged_after_a_kill_is_refused(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        (size,) = opened.execute("PRAGMA page_size").fetchone()
        (page,) = opened.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'people'").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x5a" * size)
    left = FileLiveness.at(database)
    async with left.hold("killed"):
        owners = tmp_path / "imagine.db.owners"
        shutil.copytree(owners, tmp_path / "copy")
    shutil.copytree(tmp_path / "copy", owners, dirs_exist_ok=True)
    said = await refusal(database, tmp_path / "images")
    assert f"The database {database} failed: " in said
    assert "restore a backup" in said


@pytest.mark.parametrize("swept", [True, False])
async def test_a_start_waits_while_another_process_looks_whether_it_lives(tmp_path: Path, swept: bool) -> None:
    """A process that starts looks dead between making its file and locking it."""
    owners = FileLiveness(tmp_path)

    async def start() -> bool:
        async with owners.hold("new"):
            return await owners.is_alive("new") and await owners.is_alone("new")

    look = FileLock.take(tmp_path / "new")
    assert look
    starting = asyncio.create_task(start())
    ended, _ = await asyncio.wait({starting}, timeout=0.2)
    look.release(remove=swept)
    assert (await starting, ended) == (True, set())
