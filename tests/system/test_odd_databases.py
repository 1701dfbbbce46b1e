"""The database at DATABASE_URL is not what the bot left there: that is said, and nothing in it is changed."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.model import Status
from storage import open_storage
from storage.database.database import Database
from tests.fixtures.ledgers import FOLDER as FIXTURES
from tests.storage.steps import brought_to
from tests.support.builders import MovableClock
from tests.support.process import imagine_bot
from tests.support.sqlite import revision

RUN = {"playground": 1, "cometapi_key": "sk-1", "http_port": 0, "database_url": "sqlite:///imagine.db"}


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")


def of_a_newer_release(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")


def with_two_names(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    os.link(path, path.parent / "elsewhere" / "same.db")


def replaced(path: Path) -> None:
    """Copy a backup over a database whose process was killed, as `cp` does: its log is still there."""
    backup = path.with_name("backup.db")
    shutil.copy(path, backup)
    killed(path)
    shutil.copy(backup, path)


def gone(path: Path) -> None:
    killed(path)
    path.unlink()


def killed(path: Path) -> None:
    """Leave what a process that is killed leaves: a log whose changes aren't in the file yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("UPDATE gate SET out_of_order = 'balance'")
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{path}.killed{end}")
    put_back(path, "", "-wal")


def put_back(path: Path, *ends: str) -> None:
    """Put what a killed process left in place of what closing its database made of it, the newest file last."""
    for end in ends:
        path.with_name(f"{path.name}.killed{end}").replace(path.with_name(path.name + end))


def contents(folder: Path) -> Mapping[str, bytes]:
    """Return what is in a folder, without the folder for the locks of processes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if not path.name.endswith(".lock")}


ODD: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "emptied": (emptied, "has 0 bytes"),
    "of another program": (of_another_program, "belongs to another program"),
    "of a newer release": (of_a_newer_release, "made by a newer version"),
    "with two names": (with_two_names, "one file with several names"),
    "replaced": (replaced, "Move imagine.db-wal away"),
    "gone": (gone, "Put the file back"),
}


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_database_is_refused_with_a_cure_and_nothing_in_it_is_changed(
    tmp_path: Path, migrated_file: Path, odd: str
) -> None:
    change, said = ODD[odd]
    path = tmp_path / "imagine.db"
    if change is not of_another_program:
        shutil.copy(migrated_file, path)
    change(path)
    before = contents(tmp_path)
    status, out, err = await imagine_bot(tmp_path, "run", **RUN)
    assert status == 1
    assert said in err, err
    assert str(path) in err or change is of_a_newer_release
    assert out == ""
    assert contents(tmp_path) == before


async def test_what_a_killed_process_left_is_opened_with_its_log(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "imagine.db"
    shutil.copy(migrated_file, path)
    killed(path)
    async with Database.open(f"sqlite:///{path}") as database:
        out_of_order = "SELECT out_of_order FROM gate"
        assert await database.read(lambda connection: connection.exec_driver_sql(out_of_order).scalar()) == "balance"


async def test_a_log_that_is_partly_copied_into_the_file_belongs_to_it(tmp_path: Path, migrated_file: Path) -> None:
    """SQLite copies what no reader needs: the file is then newer than its log, which has more than the file."""
    path = tmp_path / "imagine.db"
    shutil.copy(migrated_file, path)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, isolation_level=None)) as reader,
    ):
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO people (id) VALUES ('web:ada')")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM people").fetchall()
        writer.execute("UPDATE gate SET out_of_order = 'balance'")
        _, in_log, copied = writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert 0 < copied < in_log
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{path}.killed{end}")
    put_back(path, "-wal", "")
    async with Database.open(f"sqlite:///{path}"):
        pass


async def test_one_file_is_one_database_under_every_name_that_links_to_it(tmp_path: Path, migrated_file: Path) -> None:
    path, link = tmp_path / "imagine.db", tmp_path / "elsewhere" / "ledger.db"
    shutil.copy(migrated_file, path)
    link.parent.mkdir()
    link.symlink_to(path)
    clock, images = MovableClock(), str(tmp_path / "images")
    async with (
        open_storage(database_url=f"sqlite:///{path}", image_store=images, clock=clock) as one,
        open_storage(database_url=f"sqlite:///{link}", image_store=images, clock=clock) as other,
    ):
        drawn = await brought_to(one.jobs, Status.GENERATING, owner=one.owner)
        assert await other.jobs.take_over(other.owner) == ()
        assert await one.jobs.get(drawn.id) == drawn


async def test_a_database_is_copied_beside_itself_before_it_is_migrated(
    tmp_path: Path, migrated_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "imagine.db"
    shutil.copy(FIXTURES / "ledger-1.db", path)
    old = revision(path)
    async with Database.open(f"sqlite:///{path}"):
        pass
    newest = revision(migrated_file)
    kept = tmp_path / f"imagine.db.before-{newest}"
    assert (revision(path), revision(kept)) == (newest, old)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert f"migrated from {old} to {newest}; as they were, they are in {kept}" in caplog.text
    async with Database.open(f"sqlite:///{path}"):
        pass
    assert contents(tmp_path).keys() == {path.name, kept.name}


async def test_a_new_database_is_said_with_its_whole_path(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.chdir(tmp_path)
    async with Database.open("sqlite:///data/imagine.db"):
        pass
    assert f"made a new database at {tmp_path}/data/imagine.db" in caplog.text
