"""The release before and this one on one database, as while an operator replaces the one by the other."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for, until
from tests.support.process import ROOT, BotProcess
from tests.support.totals import wrong_in

BEFORE = ROOT.joinpath("tests", "fixtures", "release-before").read_text().strip()
"""The commit of the release before: the next release writes this one's there."""
# Within this, a lock that is no longer held tells of a death. Leases last up to 15 s.
_NOTICED = 9.0
# The connections of one process to Slack, which sends over all that there are in turn.
_LINKS = 2
# A key each tells at the gateway whose request it is.
OLD, NEW = "sk-old", "sk-new"


@pytest.fixture(scope="session")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the release before. Skips if its commit isn't there, as in a tarball or a shallow clone."""
    git, folder = shutil.which("git"), tmp_path_factory.mktemp("release-before")
    if git is None:
        pytest.skip("there is no git to export the release before with")
    archive = folder / "release.zip"
    line = [git, "-C", str(ROOT), "archive", f"--output={archive}", BEFORE, "bot", "adapters", "storage"]
    exported = subprocess.run(line, capture_output=True, text=True, check=False)
    if exported.returncode:
        pytest.skip(f"git can't export the release before, {BEFORE[:7]}: {exported.stderr.strip()}")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder


class Stage:
    """People on Discord and on Slack, and what one process of each release is to know between them and the gateway."""

    def __init__(self, gateway: FakeCometAPI, discord: FakeDiscord, slack: FakeSlack, killed: str, **given: object):
        self.gateway, self.discord, self.slack = gateway, DiscordDriver(discord), SlackDriver(slack)
        self._given = {"cometapi_base_url": gateway.base_url, "max_open_jobs_per_user": 10, **given}
        self._given |= discord_settings(discord)
        self._given |= settings_for(slack, "socket")
        self._killed = killed

    def settings(self, key: str) -> Mapping[str, object]:
        """Return the settings of one process.

        What is drawn is counted over both, but each has a limit of its own: the one with the larger limit draws the
        last of several, no matter which process has the others. That one is killed later.
        """
        return {**self._given, "cometapi_key": key, "max_concurrent_jobs": 2 if key == self._killed else 1}

    @property
    def links(self) -> int:
        """How many connections Slack has."""
        return len(self.slack.slack.socket_mode.links)

    @property
    def notified(self) -> str:
        """What the latest acknowledgement on Slack says."""
        answer: str = self.slack.slack.deliveries[-1].answer["text"]
        return answer

    def asked_of_the_gateway(self, prompts: Sequence[str], by: str = "") -> list[str]:
        """Return the prompts that the process with this key sent to the gateway, each as often as it sent it."""
        sent = [each.body["prompt"] for each in self.gateway.requests if by in each.headers["Authorization"]]
        return sorted((str(prompt) for prompt in sent if prompt in prompts), key=prompts.index)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without tables."""
    url: str = f"sqlite:///{tmp_path}/shared.db"
    return url if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def killed(database_url: str) -> str:
    """Return which of the two is killed in the end: on each database another one, since each takes seconds."""
    return NEW if database_url.startswith("sqlite") else OLD


@pytest.fixture
async def stage(gateway: FakeCometAPI, database_url: str, killed: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        slack.world.processing_seconds = slack.world.showable_seconds = 0
        images = str(tmp_path / "shared-images")
        yield Stage(gateway, discord, slack, killed, database_url=database_url, image_store=images)


async def test_the_release_before_goes_on_beside_this_one(
    stage: Stage, killed: str, database_url: str, release_before: Path, start_bot: StartBot, tmp_path: Path
) -> None:
    old = BotProcess(tmp_path, stage.settings(OLD), root=release_before)
    new = BotProcess(tmp_path, stage.settings(NEW))
    async with old:
        await until(lambda: stage.links == _LINKS)
        await stage.discord.imagine("before the other came")
        await stage.discord.wait_for(drawn("before the other came"))
        # The process of this test is one, too, and quicker to have: only to be killed a release needs another.
        async with new if killed == NEW else start_bot(**stage.settings(NEW)):
            await until(lambda: stage.links == 2 * _LINKS)
            prompts = await both_accept(stage)
            await both_tell_the_same(stage, prompts)
            await the_living_takes_over(stage, killed, new if killed == NEW else old)
    assert await wrong_in(database_url) == []  # no matter which of them wrote


async def both_accept(stage: Stage) -> list[str]:
    """Let people ask over every connection: each release acknowledges, and everything is drawn and shown once."""
    numbers = range(stage.links)
    on_slack, on_discord = [f"kite {number}" for number in numbers], [f"boat {number}" for number in numbers]
    for kite, boat in zip(on_slack, on_discord, strict=True):
        await stage.slack.imagine(kite)
        assert stage.slack.slack.deliveries[-1].acknowledged
        await stage.discord.imagine(boat)  # which both receive
        await stage.slack.wait_for(drawn(kite))
        await stage.discord.wait_for(drawn(boat))
    for driver, prompts in ((stage.slack, on_slack), (stage.discord, on_discord)):
        shown = [seen for seen in driver.seen() if any(prompt in seen.text for prompt in prompts)]
        assert [len(seen.images) for seen in shown] == [1] * len(prompts)
        assert stage.asked_of_the_gateway(prompts) == prompts
    return on_slack


async def both_tell_the_same(stage: Stage, prompts: Sequence[str]) -> None:
    """Ask over every connection. The words may differ between releases."""
    made, lists = len(prompts), []
    for _ in range(stage.links):
        await stage.slack.quota()
        numbers = re.findall(r"\d+", stage.notified)
        assert {str(20 - made), "20", str(made)} <= set(numbers), stage.notified
        await stage.slack.history()
        said = stage.notified
        lists.append(sorted((prompt for prompt in prompts if prompt in said), key=said.index))
    assert lists == [prompts[::-1]] * stage.links


async def the_living_takes_over(stage: Stage, killed: str, process: BotProcess) -> None:
    """Kill one while it draws: the other says what was lost, and draws what waited."""
    gateway, people, asked = stage.gateway, stage.discord, ["first", "second", "third"]
    gateway.hold()
    before = len(gateway.requests)
    for prompt in asked:
        await people.imagine(prompt)
    await gateway.arrived(before + 2)
    process.kill()
    await process.ended()
    lost = stage.asked_of_the_gateway(asked, by=killed)
    assert lost
    for prompt in lost:
        await people.wait_for(is_lost(prompt), seconds=_NOTICED)
    gateway.release()
    for prompt in set(asked).difference(lost):
        await people.wait_for(drawn(prompt))
    assert stage.asked_of_the_gateway(asked) == asked
    await people.press(await people.wait_for(is_lost(lost[0])), "Again")
    await people.wait_for(drawn(lost[0]))


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.images) and prompt in seen.text


def is_lost(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: not seen.images and prompt in seen.text and "Again" in seen.buttons
