"""The pages for newcomers: their commands are run, their clicks counted, and links and names listed with a date."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bot.cli.setup.conftest import TOKEN
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_world import GUILD
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import settings_for
from tests.support.machine import Machine
from tests.support.process import ROOT

NAMES = ("docs/discord.md", "docs/slack.md", "docs/key.md", "docs/start.md", "docs/playground.md", "README.md")
PAGES: Mapping[str, str] = {name: ROOT.joinpath(name).read_text("utf-8") for name in NAMES}
REAL = ROOT.joinpath("docs", "on-the-real-thing.md").read_text("utf-8")
OPERATING = ROOT.joinpath("docs", "operating.md").read_text("utf-8")
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"https://[\w./?=&-]+")
NAME = re.compile(r"\*\*([^*]+)\*\*")
PLACES = ("https://discord.com/", "https://slack.com/", "https://api.slack.com/", "https://www.cometapi.com/console")
SET_UP = ("adapters/discord/setup.py", "adapters/slack/setup.py", "bot/cli/setup/key.py")

MOST_STEPS, MOST_STEPS_WITH_A_KEY = 17, 25


FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
WITHOUT_A_NAME = {"a name", "choose your server", "b) choose your workspace"}


def blocks(page: str) -> Iterator[str]:
    for indent, block in BLOCK.findall(page):
        yield block.replace(f"\n{indent}", "\n")


def section(page: str, title: str) -> str:
    """Return what is below a heading, up to the next one of its level or above."""
    (level, found) = re.findall(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)[0]
    if level != "##":
        return str(found)
    return str(re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[0])


def steps(text: str) -> int:
    return len(re.findall(r"^\d+\. ", text, re.MULTILINE))


def seen() -> list[list[str]]:
    """Return the rows of the table of links and names."""
    return [line.split(" | ") for line in REAL.splitlines() if line.startswith("| ") and line.count(" | ") == 3][1:]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, {})


async def test_every_command_of_the_pages_works(machine: Machine, gateway: FakeCometAPI) -> None:
    async with FakeDiscord(token=TOKEN) as discord, FakeSlack() as slack:
        discord.world.bots_guilds.add(GUILD)
        given: dict[str, Any] = {
            **discord_settings(discord),
            **settings_for(slack, "socket"),
            "cometapi_key": "sk-test",
            "cometapi_base_url": gateway.base_url,
            "http_port": 0,
        }
        said = {name: [await machine.type(block, **given) for block in blocks(page)] for name, page in PAGES.items()}
    assert all(said.values())
    assert "All is well." in said["docs/slack.md"][1]
    assert "https://bot.example.com/slack/events" in said["docs/slack.md"][2]
    assert "client_id=" in said["docs/discord.md"][1]
    kept = machine.checkout / ".env"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "DISCORD_TOKEN=" in kept.read_text()
    ran = machine.ran()
    targets = set(re.findall(r"^([a-z]\w*):", ROOT.joinpath("Makefile").read_text("utf-8"), re.MULTILINE))
    assert {line.split()[1] for line in ran if line.startswith("make ")} <= targets
    services = yaml.safe_load(ROOT.joinpath("compose.yaml").read_text("utf-8"))["services"]
    started = [re.sub(r" --\S+", "", line).split()[3] for line in ran if line.startswith("docker compose run")]
    assert started
    assert set(started) <= set(services)


@pytest.mark.parametrize("page", ["docs/discord.md", "docs/slack.md"])
def test_the_first_test_picture_takes_so_many_steps(page: str) -> None:
    counted = steps(section(PAGES[page], "Every click, counted"))
    for_a_key = steps(section(PAGES["docs/key.md"], "Get one"))
    assert 10 < counted <= MOST_STEPS
    assert for_a_key > 5
    assert counted - 1 + for_a_key <= MOST_STEPS_WITH_A_KEY


@pytest.mark.parametrize(("page", "count"), [("docs/discord.md", 5), ("docs/slack.md", 4)])
def test_each_step_says_what_to_do_what_is_seen_and_what_if_not(page: str, count: int) -> None:
    parts = re.split(r"^### \d\. ", section(PAGES[page], "Set it up"), flags=re.MULTILINE)[1:]
    assert len(parts) == count
    assert all(
        f"\n- {what}: " in part or f"\n- {what}:\n" in part for part in parts for what in ("Do", "You see", "If not")
    )


def test_every_name_on_a_button_is_in_the_table_with_a_date() -> None:
    pages = [section(PAGES[page], "Set it up") for page in ("docs/discord.md", "docs/slack.md")]
    pages += [section(PAGES[page], "Without the questions") for page in ("docs/discord.md", "docs/slack.md")]
    pages += [section(PAGES["docs/key.md"], "Get one"), section(OPERATING, "If a key or a token leaked")]
    named = {name for page in pages for name in NAME.findall(page)}
    assert len(named) > 20
    assert named <= {name for row in seen() for name in NAME.findall(row[1])}
    assert all(re.fullmatch(r"20\d\d-\d\d(-\d\d)?|undated|not seen", row[2]) for row in seen())


def test_every_link_of_the_pages_and_of_the_set_up_is_in_the_table() -> None:
    texts = [*PAGES.values(), OPERATING, *(ROOT.joinpath(name).read_text("utf-8") for name in SET_UP)]
    named = {link for text in texts for link in LINK.findall(text) if link.startswith(PLACES)}
    listed = {link for row in seen() for link in LINK.findall(row[1])}
    assert len(named) > 5
    assert not [link for link in named if not any(link.startswith(known) for known in listed)]


def test_what_uvx_runs_is_built_again_when_any_of_the_code_changes() -> None:
    """By itself uv looks at pyproject.toml alone, and runs the old code after `git pull`."""
    tool = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["tool"]
    looked_at = {key["file"] for key in tool["uv"]["cache-keys"]}
    assert looked_at == {
        "pyproject.toml",
        *(f"{name}/**/*" for name in tool["hatch"]["build"]["targets"]["wheel"]["packages"]),
    }


@pytest.mark.parametrize("page", [name for name in NAMES if name != "docs/playground.md"])
def test_what_is_fenced_and_not_run_is_settings(page: str) -> None:
    others = [line for kind, block in FENCE.findall(PAGES[page]) if kind != "sh" for line in block.splitlines()]
    assert [line for line in others if not re.fullmatch(r" *[A-Z_]+=\S+", line)] == []


def test_what_the_set_up_tells_to_press_is_in_the_table() -> None:
    """Each part between two arrows has the name of something to press, or says what to choose."""
    listed = {name for row in seen() for name in NAME.findall(row[1])}
    said = [
        said
        for name in SET_UP
        for said in re.findall(r"""(["'])((?:(?!\1).)* → .*?)\1""", ROOT.joinpath(name).read_text("utf-8"))
    ]
    parts = [part.strip() for _, text in said for part in text.split("→")]
    parts = [part for part in parts if part and not part.endswith("{url}")]
    assert len(parts) > 15
    assert [part for part in parts if part not in WITHOUT_A_NAME and not any(name in part for name in listed)] == []
