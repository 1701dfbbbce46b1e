"""The same storage on both databases: one that tests use one after the other, or one of a test's own."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from storage import Storage, open_storage
from storage.ledger.repository import SqlJobRepository
from tests.storage.shared import SharedStorage, shared
from tests.support.builders import MovableClock
from tests.support.postgres import database

OpenStorage = Callable[..., AbstractAsyncContextManager[Storage]]


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which database a test runs on."""
    return str(request.param)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """Return the address of one of this test's own, migrated and empty: to migrate takes longer than most tests."""
    if kind == "postgresql":
        return str(request.getfixturevalue("migrated_postgres_url"))
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def opening(database_url: str, tmp_path: Path, clock: MovableClock) -> OpenStorage:
    """Open the same storage, as often as there are replicas: a busy machine is given time for many transactions."""

    def open_one(seconds: float = 30.0) -> AbstractAsyncContextManager[Storage]:
        return open_storage(
            database_url=database_url, image_store=str(tmp_path / "images"), clock=clock, seconds=seconds
        )

    return open_one


@pytest.fixture
async def own_storage(opening: OpenStorage) -> AsyncIterator[Storage]:
    """Return one of this test's own, at the address `database_url`."""
    async with opening() as opened:
        yield opened


@pytest.fixture(scope="session")
async def shared_sqlite(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> AsyncIterator[SharedStorage]:
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(migrated_file, folder / "ledger.db")
    async with shared(f"sqlite:///{folder}/ledger.db", folder / "images") as storage:
        yield storage


@pytest.fixture(scope="session")
def shared_postgres_url(postgres: str) -> Iterator[str]:
    with database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
async def shared_postgresql(
    shared_postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SharedStorage]:
    async with shared(shared_postgres_url, tmp_path_factory.mktemp("shared") / "images") as storage:
        yield storage


@pytest.fixture
def shared_storage(kind: str, request: pytest.FixtureRequest) -> SharedStorage:
    storage: SharedStorage = request.getfixturevalue(f"shared_{kind}")
    return storage


@pytest.fixture
async def storage(shared_storage: SharedStorage, clock: MovableClock) -> Storage:
    """Return one without a row; a test that looks at its file, its connections or its end takes one of its own."""
    return await shared_storage.emptied(clock)


@pytest.fixture
def jobs(storage: Storage) -> SqlJobRepository:
    return storage.jobs
