"""What one command costs the ledger: how many commits and reads."""

from functools import partial
from pathlib import Path

import pytest

from tests.conftest import BotSettings
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.support.platforms import PLATFORMS
from tests.support.walk import walk_on, without_polls

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_one_command_at_rest_is_four_commits_and_no_look_for_work_and_one_more_where_files_are_uploaded_before(
    platform: str, bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    walk = await walk_on(platform, gateway, bot_settings().model_dump(exclude_unset=True))
    uploaded = ["update_address"] if platform.startswith("slack") else []
    assert walk.commits == ["accept", "begin", "add_images", *uploaded, "advance"]
    on_slack = platform.startswith("slack")  # once a day, what it says of the asker is stored, too
    assert walk.written == len(walk.commits) + on_slack
    assert "claim" not in walk.reads
    if platform != "playground":  # its page reads each job's state from the ledger
        assert not walk.reads


def _is_drawn(prompt: str, seen: Seen) -> bool:
    return prompt in seen.text and bool(seen.images)


async def test_a_job_that_waits_for_a_place_is_begun_when_one_gets_free(
    bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    settings = bot_settings(max_concurrent_jobs=1).model_dump(exclude_unset=True)
    async with PLATFORMS["discord"](without_polls(settings)) as driver:
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
