"""The README names everything that an operator can set, run or see typed."""

import re
from pathlib import Path

import pytest

from bot.cli.main import parser
from bot.core.commands.command import COMMANDS
from bot.core.commands.flags import FLAGS
from bot.settings import Settings

README = Path(__file__).parents[1].joinpath("README.md").read_text()
COMMAND_LINE = tuple(parser()[1])


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_names_every_setting(name: str) -> None:
    assert f"`{name.upper()}`" in README


@pytest.mark.parametrize("name", COMMAND_LINE)
def test_the_readme_names_every_command_of_the_command_line(name: str) -> None:
    assert f"`imagine-bot {name}`" in README


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_the_readme_names_every_chat_command(name: str) -> None:
    assert f"`/{name}" in README


@pytest.mark.parametrize("flag", FLAGS)
def test_the_readme_names_every_flag(flag: str) -> None:
    assert f"`--{flag}`" in README


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    table = README.split("## Settings")[1].split("## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_row_of_the_failures_names_a_test_that_exists() -> None:
    table = README.split("## What happens when something fails")[1].split("\n## ")[0]
    rows = [row for row in table.splitlines() if row.startswith("|")][2:]
    named = {row: re.findall(r"`(test_\w+)`", row) for row in rows}
    assert all(named.values()), [row for row, tests in named.items() if not tests]
    written = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    missing = [test for tests in named.values() for test in tests if f"def {test}(" not in written]
    assert not missing


def test_the_example_environment_names_no_setting_that_does_not_exist() -> None:
    example = Path(__file__).parents[1].joinpath(".env.example").read_text()
    named = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert named <= {name.upper() for name in Settings.model_fields}
