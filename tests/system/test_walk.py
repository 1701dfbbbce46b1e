"""What one command costs the ledger: how many commits and reads."""

from pathlib import Path

import pytest

from tests.conftest import BotSettings
from tests.fakes.cometapi import FakeCometAPI
from tests.support.platforms import PLATFORMS
from tests.support.walk import walk_on

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_one_command_is_six_commits_and_four_reads_and_one_more_where_files_are_uploaded_before(
    platform: str, bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    walk = await walk_on(platform, gateway, bot_settings().model_dump(exclude_unset=True))
    uploaded = ["update_address"] if platform.startswith("slack") else []
    assert walk.commits == ["accept", "confirm", "claim", "advance", "add_images", *uploaded, "advance"]
    assert walk.reads.count("claim") <= 4
    if platform != "playground":  # its page reads each job's state from the ledger
        assert set(walk.reads) == {"claim"}


async def test_the_documented_walk_is_the_real_one(bot_settings: BotSettings, gateway: FakeCometAPI) -> None:
    walk = await walk_on("discord", gateway, bot_settings().model_dump(exclude_unset=True))
    documented = ARCHITECTURE.read_text("utf-8")
    assert str(walk) in documented, f"docs/architecture.md should have:\n{walk}"
