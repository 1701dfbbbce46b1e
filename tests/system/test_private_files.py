"""The bot's files are for its own user alone. Files that are left open are named, with a command, and not changed."""

import asyncio
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.process import BotProcess, imagine_bot

OPENED: Mapping[str, int] = {
    ".env": 0o640,
    "data": 0o755,
    "data/imagine.db": 0o644,
    "data/imagine.db-wal": 0o644,
    "data/imagine.db-shm": 0o644,
    "data/imagine.db.before-0006": 0o604,
    "data/images": 0o750,
    "data/monday.db": 0o660,
    "backups": 0o711,
}


@pytest.fixture
def opened(tmp_path: Path, migrated_file: Path) -> Path:
    """Have a folder of a bot with private files that an operator, or an old release, left open."""
    for name in ("data", "data/images", "backups"):
        (tmp_path / name).mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "imagine.db")
    for name in OPENED:
        if not (tmp_path / name).exists():
            (tmp_path / name).touch()
    for name, mode in OPENED.items():
        (tmp_path / name).chmod(mode)
    return tmp_path


def modes(folder: Path) -> Mapping[str, int]:
    return {name: (folder / name).stat().st_mode & 0o777 for name in OPENED if (folder / name).exists()}


async def test_all_that_a_process_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    async with BotProcess(tmp_path, {"playground": 1, "cometapi_key": "sk-1"}) as bot:
        status = await asyncio.to_thread(Path(f"/proc/{bot.pid}/status").read_text)
        assert "Umask:\t0077\n" in status


async def test_the_doctor_says_what_is_open_to_others_and_what_to_type(opened: Path) -> None:
    _, out, _ = await imagine_bot(opened, "doctor")
    (typed,) = re.findall(r"^ok    private files: Other accounts .*\n      → Close them: (.*)$", out, re.MULTILINE)
    assert typed.startswith("chmod go= ")
    assert modes(opened) == OPENED
    assert await (await asyncio.create_subprocess_shell(typed)).wait() == 0
    assert all(mode & 0o077 == 0 for mode in modes(opened).values())
    _, out, _ = await imagine_bot(opened, "doctor")
    assert "private files" not in out


async def test_the_log_at_the_start_says_so_too(opened: Path) -> None:
    said = f"may open what is private: chmod go= {opened}/.env {opened}/backups {opened}/data "
    async with BotProcess(opened, {"playground": 1, "cometapi_key": "sk-1"}) as bot, asyncio.timeout(60):
        while said not in bot.log():
            await asyncio.sleep(0.02)
    assert modes(opened) == OPENED
