"""Seeded schedules of commands, presses and failures: whatever happens, the promises hold.

`make soak` plays more of them. A failure says how the same batch is played again.
"""

import os
from pathlib import Path

import pytest

from tests.chaos.batch import CHAOS_PLATFORMS, play

FIRST, SEEDS = int(os.environ.get("CHAOS_FIRST", "0")), int(os.environ.get("CHAOS_SEEDS", "15"))
TOGETHER = 15
"""How many schedules share a bot."""
STARTS = range(FIRST, FIRST + SEEDS, TOGETHER)


# Connections are cut at every moment of their lives here, also before asyncio knows of them.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("first", STARTS)
@pytest.mark.parametrize("platform", CHAOS_PLATFORMS)
async def test_the_promises_hold_whatever_goes_wrong(platform: str, first: int, tmp_path: Path) -> None:
    seeds = range(first, min(first + TOGETHER, FIRST + SEEDS))
    broken = await play(platform, seeds, tmp_path)
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)
