"""Every command of docs/operating.md is run, in the page's order, on a machine that is made of a folder."""

import os
import re
import shutil
from pathlib import Path

import pytest

from storage.database.migrate import latest
from tests.fakes.cometapi import FakeCometAPI
from tests.support.machine import Machine
from tests.support.process import ROOT

PAGE = ROOT / "docs" / "operating.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVICE, POSTGRES = "As a service of systemd", "From SQLite to PostgreSQL"

JOB = "0661315a4213cb1d8eb7a7c062"


def blocks(title: str) -> list[str]:
    section = PAGE.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return BLOCK.findall(section)


@pytest.fixture
def machine(tmp_path: Path, gateway: FakeCometAPI) -> Machine:
    given = {"COMETAPI_KEY": "sk-test", "COMETAPI_BASE_URL": gateway.base_url, "PLAYGROUND": 1}
    return Machine(tmp_path, given)


async def test_every_command_of_the_page_works(machine: Machine, migrated_file: Path, postgres_url: str) -> None:
    titles = re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    home, said = machine.path("/var/lib/imagine-bot"), {}
    for title in titles:
        edit = {"DATABASE_URL": postgres_url} if title == POSTGRES else {}
        said[title] = "".join([await machine.type(block, **edit) for block in blocks(title)])
        if title == SERVICE:
            (home / "data" / JOB).mkdir(parents=True)  # an image of a release that had them beside the database
            for name in ("imagine.db", f"imagine.db.before-{latest()}"):
                shutil.copy(migrated_file, home / "data" / name)
    assert (home.stat().st_mode & 0o777, (home / ".env").stat().st_mode & 0o777) == (0o700, 0o600)
    unit = machine.path("/etc/systemd/system/imagine-bot.service").read_text()
    (starts,) = re.findall(r"^ExecStart=(/\S+) run$", unit, re.MULTILINE)
    assert os.access(machine.path(starts), os.X_OK)
    assert machine.path(*re.findall(r"^WorkingDirectory=(.+)$", unit, re.MULTILINE)) == home
    assert "Copied 0 jobs." in said[POSTGRES]
    assert (home / "backups" / "monday.db").is_file()
    assert (home / "data" / "images" / JOB).is_dir()
    assert (home / "data" / "imagine.db").is_file()
    ran = machine.ran()
    assert all((ROOT / file).is_file() for line in ran for file in re.findall(r"-f (\S+)", line))
    targets = set(re.findall(r"^([a-z]\w*):", ROOT.joinpath("Makefile").read_text("utf-8"), re.MULTILINE))
    assert {line.removeprefix("make ") for line in ran if line.startswith("make ")} <= targets
