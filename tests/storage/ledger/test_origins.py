"""The place where a job was asked for: in older rows without it, and in rows that the release before still writes."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core.clock import SystemClock
from bot.core.origin import Origin
from storage import Storage, open_storage
from tests.fixtures.ledgers import DATABASES, Kind, OldLedger
from tests.support.postgres import execute

SERVER, DESIGN = "discord:800000000000000001", "discord:700000000000000001"
WORKSPACE, CHANNEL, DIRECT = "slack:T0WORKSPACE", "slack:C00000004", "slack:D00000007"
Columns = tuple[str | None, str | None, str | None]

PLACES = {
    ("discord", Kind.DELIVERED): '{"guild": "", "moved": "yes"}',
    ("discord", Kind.SENT): '{"guild": ""}',
    ("discord", Kind.UNDELIVERED): "[1]",
    ("slack", Kind.DELIVERED): '{"team": "T0WORKSPACE", "moved": "yes", "channel": "D1"}',
    ("slack", Kind.UNDELIVERED): "[1]",
}
"""What some of the old jobs have as their place now: a direct message instead, one from the start, or nothing known."""
ONLY_IN_SQLITE = "UPDATE jobs SET place = 'no JSON' WHERE platform = 'slack' AND place = '[1]'"
KNOWN: dict[tuple[str, Kind], Columns] = {
    **{("discord", kind): (SERVER, DESIGN, None) for kind in Kind},
    ("discord", Kind.DELIVERED): (None, DESIGN, None),
    ("discord", Kind.SENT): ("", DESIGN, None),
    ("discord", Kind.UNDELIVERED): (None, DESIGN, None),
    **{("slack", kind): (WORKSPACE, CHANNEL, "") for kind in Kind},
    ("slack", Kind.PRIVATE): (WORKSPACE, DIRECT, ""),
    ("slack", Kind.WAITING_PRIVATELY): (WORKSPACE, DIRECT, ""),
    ("slack", Kind.UNDELIVERED): (None, None, None),
    **{("playground", kind): ("", "", "") for kind in Kind},
}
"""Community, channel and parent channel, as far as the old rows tell them."""


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest) -> OldLedger:
    return OldLedger(1, request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, ledger: OldLedger, tmp_path: Path) -> str:
    """Return the address of an empty database of the ledger's kind."""
    url: str = f"sqlite:///{tmp_path}/old.db"
    return url if ledger.database == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def storage(database_url: str, ledger: OldLedger, tmp_path: Path) -> AsyncIterator[Storage]:
    """Open an old ledger, some of whose messages had moved."""
    await ledger.restore(database_url, tmp_path / "images", datetime.now(UTC))
    moves = [
        f"UPDATE jobs SET place = '{place}' WHERE id = '{ledger.jobs[platform][kind].id}'"
        for (platform, kind), place in PLACES.items()
    ]
    if ledger.database == "sqlite":
        with closing(sqlite3.connect(tmp_path / "old.db")) as connection, connection:
            connection.executescript(";".join([*moves, ONLY_IN_SQLITE]))
    else:
        await execute(database_url, *moves)
    images = str(tmp_path / "images")
    async with open_storage(database_url=database_url, image_store=images, clock=SystemClock()) as opened:
        yield opened


async def columns(storage: Storage) -> dict[str, Columns]:
    """Return the columns of each job, by its id."""
    question = text("SELECT id, community, channel, parent_channel FROM jobs")
    rows: Sequence[Sequence[str]] = await storage.database.read(lambda connection: connection.execute(question).all())
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def origins(storage: Storage, ledger: OldLedger) -> list[Origin]:
    """Return the origins of the jobs that can be read."""
    ids = [job.id for platform, jobs in ledger.jobs.items() for kind, job in jobs.items() if _readable(platform, kind)]
    found = [await storage.jobs.get(job_id) for job_id in ids]
    return [job.origin for job in found if job]


async def test_what_old_rows_tell_of_where_they_were_asked_for_is_filled_in(
    storage: Storage, ledger: OldLedger
) -> None:
    filled = await columns(storage)
    known = {(platform, kind): filled[job.id] for platform, jobs in ledger.jobs.items() for kind, job in jobs.items()}
    assert known == KNOWN


async def test_rows_that_the_release_before_still_writes_are_read_as_if_they_were_filled(
    storage: Storage, ledger: OldLedger
) -> None:
    filled = await origins(storage, ledger)
    emptied = text("UPDATE jobs SET community = NULL, channel = NULL, parent_channel = NULL")
    await storage.database.write(lambda connection: connection.execute(emptied))
    assert set((await columns(storage)).values()) == {(None, None, None)}
    assert await origins(storage, ledger) == filled
    assert {origin.community for origin in filled} == {"", SERVER, WORKSPACE}
    assert {origin.conversation.channel for origin in filled} == {"", DESIGN, CHANNEL, DIRECT}


def _readable(platform: str, kind: Kind) -> bool:
    return PLACES.get((platform, kind)) != "[1]"
