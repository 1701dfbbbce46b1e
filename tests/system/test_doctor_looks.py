"""The doctor only looks: it creates, migrates and changes nothing, and doesn't wait for what is silent."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.doctor import Check, CheckGroup, run_checks
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fixtures.ledgers import FOLDER as FIXTURES
from tests.support.process import environment, imagine_bot
from tests.support.sqlite import revision
from tests.support.zygote import fork
from tests.system.test_odd_databases import contents, emptied, gone, of_a_newer_release, of_another_program


def of_an_older_release(path: Path) -> None:
    shutil.copy(FIXTURES / "ledger-1.db", path)


STAGES: Mapping[str, tuple[Callable[[Path], None], bool, str]] = {
    "nothing": (Path.unlink, True, "ok    database: There is nothing at {path} yet: the next start makes it.\n"),
    "of an older release": (
        of_an_older_release,
        True,
        "{due} migrations are due: they run at the next start. Take a backup first.\n",
    ),
    "up to date": (Path.touch, True, "ok    database: {path} ({latest}, no jobs)\n"),
    "of another program": (
        of_another_program,
        False,
        "FAIL  database: The database {path} belongs to another program.",
    ),
    "of a newer release": (
        of_a_newer_release,
        False,
        "FAIL  database: The database was made by a newer version of the bot.",
    ),
    "emptied": (emptied, False, "FAIL  database: The database {path} has 0 bytes"),
    "gone": (gone, False, "FAIL  database: The database {path} is gone"),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_the_doctor_changes_nothing(
    tmp_path: Path, migrated_file: Path, gateway: FakeCometAPI, stage: str
) -> None:
    path, latest = tmp_path / "data" / "imagine.db", revision(migrated_file)
    path.parent.mkdir()
    change, well, said = STAGES[stage]
    if change is not of_another_program:
        shutil.copy(migrated_file, path)
    change(path)
    before = contents(tmp_path)
    status, out, _ = await imagine_bot(
        tmp_path, "doctor", playground=1, cometapi_key="sk-1", cometapi_base_url=gateway.base_url
    )
    assert said.format(path=path, latest=latest, due=int(latest) - 1) in out, out
    assert f"ok    image store: There is nothing at {tmp_path}/data/images yet" in out
    assert status == (not well)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("photos", "it holds holiday.jpg, which isn't the bot's"),
        ("data", "the database {path} is in it"),
        ("/", "that folder isn't for images alone"),
    ],
)
async def test_the_doctor_says_that_a_folder_is_not_for_images_alone(
    tmp_path: Path, migrated_file: Path, place: str, said: str
) -> None:
    path = tmp_path / "data" / "imagine.db"
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").touch()
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    before = contents(tmp_path)
    status, out, _ = await imagine_bot(tmp_path, "doctor", image_store=place)
    assert "FAIL  image store: IMAGE_STORE can't be " in out
    assert said.format(path=path) in out
    assert status == 1
    assert contents(tmp_path) == before


async def test_the_doctor_leaves_the_database_of_a_living_process_as_it_is(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "imagine.db"
    shutil.copy(migrated_file, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as living:
        living.execute("PRAGMA journal_mode = WAL")
        living.execute("UPDATE alembic_version SET version_num = '0001'")
        before = contents(tmp_path)
        _, out, _ = await imagine_bot(tmp_path, "doctor", database_url="sqlite:///imagine.db", image_store="images")
        assert "migrations are due" in out  # what only the log has is seen
        after = contents(tmp_path)
        index = path.name + "-shm"  # in which readers leave how far they have read
        assert {**before, index: b""} == {**after, index: b""}


async def test_the_start_says_which_database_it_is(
    start_bot: StartBot, tmp_path: Path, migrated_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    said = f"database {tmp_path}/imagine.db ({revision(migrated_file)}, 0 jobs)"
    async with start_bot(playground=True), asyncio.timeout(60):
        while said not in caplog.messages:
            await asyncio.sleep(0.02)


async def test_what_is_known_is_said_while_a_gateway_is_silent(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the doctor has gone
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    given = {"playground": 1, "cometapi_key": "sk-1", "cometapi_base_url": f"http://127.0.0.1:{port}/v1"}
    async with server:
        process = await fork(["doctor"], tmp_path, environment(given))
        said = b""
        async with asyncio.timeout(8):
            while b"image store" not in said or b"database" not in said:
                said += await process.stdout.readline()
        process.kill()
        await process.communicate()


async def test_checks_run_side_by_side_and_none_holds_up_the_others() -> None:
    known: list[str] = []
    opened = asyncio.Event()

    def check(name: str) -> Check:
        return Check(name=name, ok=True, detail="")

    async def waits() -> Sequence[Check]:
        await opened.wait()
        return [check("waits")]

    async def opens() -> Sequence[Check]:
        opened.set()
        return [check("opens")]

    async def never() -> Sequence[Check]:
        await asyncio.Event().wait()
        return ()

    async def raises() -> Sequence[Check]:
        raise LookupError("what nobody foresaw")

    groups = [CheckGroup(name=run.__name__, run=run) for run in (waits, opens, never, raises)]
    checks = await run_checks(groups, lambda check: known.append(check.name), seconds=0.2)
    assert [(check.name, check.ok) for check in checks] == [
        ("waits", True),
        ("opens", True),
        ("never", False),
        ("raises", False),
    ]
    assert known.index("opens") < known.index("waits") < known.index("never")
    assert "LookupError" in str(checks[-1].detail)
