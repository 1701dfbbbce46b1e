"""Seeded schedules of commands, presses and failures: the promises hold under all of them.

`make soak` plays more of them. A failure says how the same batch is played again.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from storage.database.database import Database
from tests.chaos.batch import CHAOS_PLATFORMS, play
from tests.chaos.databases import ChaosDatabase, PostgresDatabase, SqliteFile
from tests.support.postgres import database, name_of

FIRST = int(os.environ.get("CHAOS_FIRST", "0"))
SEEDS: Mapping[str, int] = {
    "sqlite": int(os.environ.get("CHAOS_SEEDS", "9")),
    "postgres": int(os.environ.get("CHAOS_POSTGRES", "0")),
}
TOGETHER = 15
"""How many schedules share a bot."""
CASES = [
    pytest.param(kind, platform, range(first, min(first + TOGETHER, FIRST + count)), id=f"{kind}-{platform}-{first}")
    for kind, count in SEEDS.items()
    for first in range(FIRST, FIRST + count, TOGETHER)
    for platform in CHAOS_PLATFORMS
]


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """Make a database that is migrated and empty, to be copied, and return its name."""

    async def migrate(url: str) -> None:
        async with Database.open(url):
            pass

    with database(postgres) as url:
        asyncio.run(migrate(url))
        yield name_of(url)


@pytest.fixture
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChaosDatabase]:
    if request.param == "sqlite":
        yield SqliteFile(tmp_path)
        return
    address = request.getfixturevalue("postgres")
    with database(address, template=request.getfixturevalue("template")) as url:
        yield PostgresDatabase(url, address)


# Connections are cut at every moment of their lives here, also before asyncio knows of them.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("ledger", "platform", "seeds"), CASES, indirect=["ledger"])
@pytest.mark.long
async def test_the_promises_hold_under_all_failures(
    ledger: ChaosDatabase, platform: str, seeds: range, tmp_path: Path
) -> None:
    broken = await play(platform, seeds, tmp_path, ledger)
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)
