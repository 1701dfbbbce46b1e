"""Each file attacks one bot, which runs for all of its tests: every one has to leave it well."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import StartBot, settings_in, starting
from tests.fakes.cometapi import FakeCometAPI


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[FakeCometAPI]:
    async with FakeCometAPI() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the bot keeps its database and images."""
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def start_bot(folder: Path, gateway: FakeCometAPI, migrated_file: Path) -> StartBot:
    return starting(settings_in(folder, gateway, migrated_file))
