"""Accepts per second on both databases, compared with the same statements on the bare driver."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import Engine, event

from benchmarks.accepts import ACCEPTS, CALLERS, accept, per_second
from benchmarks.databases import Databases
from benchmarks.figure import Figure
from benchmarks.pairs import compared
from benchmarks.processes import World
from bot.core.clock import SystemClock
from storage import open_storage
from storage.database.postgres_engines import WRITERS

_FIRST, _ELSEWHERE = 99_999, 100_000
Statement = tuple[str, tuple[Any, ...]]


async def measure(_: World, rounds: int) -> list[Figure]:
    """Measure SQLite, then PostgreSQL."""
    async with Databases.open() as databases:
        return [
            await _ratio("SQLite", databases.sqlite, _bare_sqlite, rounds),
            await _ratio("PostgreSQL", databases.postgres, _bare_postgres, rounds),
        ]


async def _ratio(
    name: str,
    new_database: Callable[[], Awaitable[str]],
    bare: Callable[[str, list[Statement]], Awaitable[float]],
    rounds: int,
) -> Figure:
    pairs = []
    for _ in range(rounds):
        url = await new_database()
        statements, speed = await _accepts(url)
        pairs.append((speed, await bare(url, statements)))
    ratio, ours, floor = compared(pairs)
    return Figure(
        name=f"accepts/s on {name}, to the bare driver's",
        value=ratio,
        goal=0.5,
        at_least=True,
        detail=f"{ours:.0f}/s to {floor:.0f}/s; {CALLERS} callers; {len(statements)} statements each",
    )


async def _accepts(url: str) -> tuple[list[Statement], float]:
    """Accept as the bot does. Return the statements of one accept, and the accepts per second."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_storage(database_url=url, image_store=f"{folder}/images", clock=SystemClock()) as storage:
            await accept(storage.jobs, _FIRST)  # it also asks how long models take, which is then remembered
            with _overheard() as statements:
                await accept(storage.jobs, 0)
            return statements, await per_second(partial(accept, storage.jobs))


@contextmanager
def _overheard() -> Iterator[list[Statement]]:
    statements: list[Statement] = []

    def hear(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "INSERT")):
            statements.append((statement, tuple(values)))

    event.listen(Engine, "before_cursor_execute", hear)
    yield statements
    event.remove(Engine, "before_cursor_execute", hear)


async def _bare_sqlite(url: str, statements: list[Statement]) -> float:
    """Use one connection, since SQLite has one writer, in a thread of its own, with one commit for each accept."""
    return await asyncio.to_thread(_run_sqlite, url.removeprefix("sqlite:///"), statements)


def _run_sqlite(path: str, statements: list[Statement]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    began = time.monotonic()
    for number in range(_ELSEWHERE, _ELSEWHERE + ACCEPTS):
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            connection.execute(statement, _numbered(values, number)).fetchall()
        connection.execute("COMMIT")
    taken = time.monotonic() - began
    connection.close()
    return ACCEPTS / taken


async def _bare_postgres(url: str, statements: list[Statement]) -> float:
    """Use as many connections as the bot writes with, and as many callers as for the bot."""
    async with asyncpg.create_pool(url, min_size=WRITERS, max_size=WRITERS) as pool:

        async def run(number: int) -> None:
            async with pool.acquire() as connection, connection.transaction():
                for statement, values in statements:
                    await connection.fetch(statement, *_numbered(values, _ELSEWHERE + number))

        return await per_second(run)


def _numbered(values: Sequence[Any], number: int) -> tuple[Any, ...]:
    """Return the accept's values, changed for another job."""
    return tuple(value.replace("-0-", f"-{number}-") if isinstance(value, str) else value for value in values)
