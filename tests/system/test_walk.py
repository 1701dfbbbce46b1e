"""What one command costs the ledger: how many commits and reads."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import BotSettings
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack_driver import until
from tests.support.platforms import PLATFORMS
from tests.support.walk import Walk, walk_on, without_polls

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_one_command_at_rest_is_four_commits_and_no_look_for_work_and_one_more_where_files_are_uploaded_before(
    platform: str, bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    walk = await walk_on(platform, gateway, bot_settings().model_dump(exclude_unset=True))
    uploaded = ["update_address"] if platform.startswith("slack") else []
    assert walk.commits == ["accept", "begin", "add_images", *uploaded, "advance"]
    on_slack = platform.startswith("slack")  # once a day, what it says of the asker is stored, too
    assert walk.written - len(walk.commits) in {0, int(on_slack)}  # it may share one of these commits
    assert "claim" not in walk.reads
    if platform != "playground":  # its page reads each job's state from the ledger
        assert not walk.reads


def _is_drawn(prompt: str, seen: Seen) -> bool:
    return prompt in seen.text and bool(seen.images)


async def test_jobs_that_wait_for_a_place_are_begun_when_one_gets_free_each_with_one_commit_more(
    bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    settings = bot_settings(max_concurrent_jobs=1).model_dump(exclude_unset=True)
    async with PLATFORMS["discord"](without_polls(settings)) as driver:
        with Walk(driver, gateway) as walk:
            await _three_are_drawn(driver, gateway)
            await until(lambda: walk.commits.count("advance") == 3)
    assert Counter(walk.commits) == {"accept": 3, "begin": 1, "confirm": 2, "claim": 2, "add_images": 3, "advance": 3}


async def _three_are_drawn(driver: Driver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await driver.imagine("a paper boat")
    await gateway.arrived()
    for waiting in ("a kite", "a kettle"):
        await driver.imagine(waiting)
    gateway.release()
    for prompt in ("a paper boat", "a kite", "a kettle"):
        await driver.wait_for(partial(_is_drawn, prompt))


async def test_the_documented_walk_is_the_real_one(bot_settings: BotSettings, gateway: FakeCometAPI) -> None:
    walk = await walk_on("discord", gateway, bot_settings().model_dump(exclude_unset=True))
    documented = ARCHITECTURE.read_text("utf-8")
    assert str(walk) in documented, f"docs/architecture.md should have:\n{walk}"
