"""The same storage on both databases."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from storage import Storage, open_storage
from storage.ledger.repository import SqlJobRepository
from tests.support.builders import MovableClock

OpenStorage = Callable[..., AbstractAsyncContextManager[Storage]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """Return the address of a database that is migrated and empty: to migrate takes longer than most tests."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres_url"))
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def opening(database_url: str, tmp_path: Path, clock: MovableClock) -> OpenStorage:
    """Open the same storage, as often as there are replicas."""

    def open_one(seconds: float = 5.0) -> AbstractAsyncContextManager[Storage]:
        return open_storage(
            database_url=database_url, image_store=str(tmp_path / "images"), clock=clock, seconds=seconds
        )

    return open_one


@pytest.fixture
async def storage(opening: OpenStorage) -> AsyncIterator[Storage]:
    async with opening() as opened:
        yield opened


@pytest.fixture
def jobs(storage: Storage) -> SqlJobRepository:
    return storage.jobs
