"""The documentation says what is so: settings, commands, tables, links and paths are held against the project."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.cli.main import parser
from bot.core.commands import COMMANDS, FLAGS
from bot.core.model import Status
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES: Mapping[str, str] = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")))
}
README = PAGES["README.md"]
SETTINGS, ARCHITECTURE = (PAGES[f"docs/{name}.md"] for name in ("settings", "architecture"))

COMMAND_LINE = tuple(parser()[1])
NAMES = {name.upper() for name in Settings.model_fields}
# Names that others read from the environment: the image store's library, `make soak`, and PostgreSQL's container.
FOREIGN = ("AWS_", "CHAOS_", "POSTGRES_", "SLACK_CLIENT_")
LONGEST_README = 120
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """Give the cells of all tables, without their heads."""
    lines = text.splitlines()
    heads = {number - 1 for number, line in enumerate(lines) if line.startswith("|---")}
    bodies = (line for number, line in enumerate(lines) if line.startswith("| ") and number not in heads)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in bodies]


def with_tests(text: str) -> str:
    """Leave the tables whose last column has tests."""
    return "\n\n".join(part for part in text.split("\n\n") if part.partition("\n")[0].endswith("| test |"))


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def prose(text: str) -> str:
    """Leave out what is code: there a bracket isn't a link."""
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", text))


def code(text: str) -> Iterator[str]:
    """Return the code: whole blocks, and text between backticks."""
    yield from BLOCK.findall(text)
    yield from re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def links(text: str) -> set[str]:
    """Give the relative links' targets: those of pictures and of references, too."""
    inline = re.findall(r"\]\(\s*<?([^)\s>]+)", prose(text))
    references = re.findall(r"^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", prose(text), re.MULTILINE)
    return {target for target in (*inline, *references) if not re.match(r"[a-z]+:", target)}


def anchors(text: str) -> set[str]:
    """Give the names by which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def paths_of_tree(text: str) -> Iterator[str]:
    """Give the paths of a tree of names, each line's below the last one that is indented less."""
    above: dict[int, str] = {}
    for line in next(code(text)).splitlines():
        indent = len(line) - len(line.lstrip())
        above = {level: folder for level, folder in above.items() if level < indent}
        names = re.findall(r"(?<=  )\w+(?:/|\.py)(?= |$)", f"  {line.strip()}")
        yield from ("".join(above.values()) + name for name in names)
        above[indent] = names[-1]


def written(default: object) -> str:
    """Give a setting's default as the table has it."""
    if default is None or default == ():
        return "–"
    if isinstance(default, tuple):
        return f"`{','.join(default)}`"
    return f"`{int(default)}`" if isinstance(default, bool) else f"`{default}`"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST_README


def test_every_setting_is_in_the_table_once_and_no_other() -> None:
    assert sorted(row[0] for row in rows(SETTINGS)) == sorted(f"`{name}`" for name in NAMES)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_default_in_the_table(name: str) -> None:
    defaults = {row[0]: row[1] for row in rows(SETTINGS)}
    assert defaults[f"`{name.upper()}`"] == written(Settings.model_fields[name].default)


def test_every_setting_of_the_readme_exists_and_has_the_same_default() -> None:
    shown = {row[0]: row[1] for row in rows(section(README, "Settings"))}
    assert shown
    assert shown.items() <= {row[0]: row[1] for row in rows(SETTINGS)}.items()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_setting_that_does_not_exist(page: str) -> None:
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", PAGES[page]))
    assert {name for name in named if not name.startswith(FOREIGN)} <= NAMES


def test_the_example_environment_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"^(\w+)=", ROOT.joinpath(".env.example").read_text("utf-8"), re.MULTILINE))
    assert named <= NAMES


@pytest.mark.parametrize("name", COMMAND_LINE)
def test_the_readme_names_every_command_of_the_command_line(name: str) -> None:
    assert f"`imagine-bot {name}`" in README


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_the_readme_names_every_chat_command(name: str) -> None:
    assert f"`/{name}" in README


@pytest.mark.parametrize("flag", FLAGS)
def test_the_readme_names_every_flag(flag: str) -> None:
    assert f"`--{flag}`" in README


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists(page: str) -> None:
    typed = "\n".join(code(PAGES[page]))
    targets = set(re.findall(r"^([a-z]\w*):", ROOT.joinpath("Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]\w*)", typed)) - {"git"} <= targets  # both are to be installed
    # Its user and its folder have the same name.
    asked = set(re.findall(r"(?<!-u )(?<!/opt/)\bimagine-bot (?=([a-z][\w-]*))", typed))
    assert asked - {"imagine-bot"} <= set(COMMAND_LINE)  # Docker's service has the same name


@pytest.mark.parametrize("page", ["docs/failures.md", "docs/security.md"])
def test_every_row_that_says_what_holds_names_a_test_that_exists(page: str) -> None:
    named = {row[0] + row[1]: re.findall(r"`(test_\w+)`", row[2]) for row in rows(with_tests(PAGES[page]))}
    assert named
    assert all(named.values()), [row for row, tests in named.items() if not tests]
    defined = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    missing = [test for tests in named.values() for test in tests if f"def {test}(" not in defined]
    assert not missing


def test_the_architecture_has_every_status_and_every_contract() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))
    contracts = [contract["name"] for contract in project["tool"]["importlinter"]["contracts"]]
    named = [row[0].replace("\\_", "_") for row in rows(section(ARCHITECTURE, "What may import what"))]
    assert named == contracts
    statuses = [f"`{status}`" for status in Status if status is not Status.UNCLEAR]  # which is never written
    assert [row[0] for row in rows(section(ARCHITECTURE, "The ledger"))] == statuses


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: str) -> None:
    broken = []
    for target in links(PAGES[page]):
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        found = file.resolve().is_relative_to(ROOT) and file.exists()
        if not found or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(target)
    assert not broken


def test_a_page_leads_to_everything_in_docs_and_in_deploy() -> None:
    linked = {
        (ROOT / page).parent.joinpath(target.partition("#")[0]).resolve()
        for page, text in PAGES.items()
        for target in links(text)
        if target.partition("#")[0] and (ROOT / page).parent.joinpath(target.partition("#")[0]).resolve() != ROOT / page
    }
    assert {path for part in ("docs", "deploy") for path in ROOT.glob(f"{part}/**/*") if path.is_file()} <= linked


def test_the_tree_of_the_architecture_is_the_projects() -> None:
    assert [path for path in paths_of_tree(ARCHITECTURE) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    named = re.findall(
        r"(?<![\w./-])(?:bot|adapters|storage|tests|benchmarks|docs|deploy|\.ci)/[\w./-]*", "\n".join(code(PAGES[page]))
    )
    assert [path for path in named if not (ROOT / path.rstrip(".")).exists()] == []
