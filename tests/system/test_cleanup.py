"""Old images are deleted, by what the ledger says of their jobs, and nothing that isn't the bot's own."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.web_driver import WebDriver, web_platform

LONG = 40 * 24 * 3600
ORPHAN = "0000000000001a" + "0" * 12
"""The id of a job made in 1970, which no ledger knows."""


def age(store: Path) -> None:
    """Let everything that lies there look as if nobody had touched it for forty days."""
    for path in (store, *store.rglob("*")):
        then = path.stat().st_mtime - LONG
        os.utime(path, (then, then))


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: prompt in seen.text and bool(seen.images)


def delivering(start_bot: StartBot) -> AbstractAsyncContextManager[WebDriver]:
    """Run a bot that, before it ends, also writes down that the images which are seen are delivered."""
    return web_platform(start_bot, shutdown_grace=20)


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"somebody's")
    return path


async def test_the_clean_up_deletes_what_is_old_by_the_ledger_and_nothing_else(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    """Somebody puts things of their own into the image store, once it is there."""
    store = tmp_path / "images"
    async with delivering(start_bot) as driver:
        for prompt in ("an old boat", "a new boat"):
            await driver.imagine(prompt)
            await driver.wait_for(drawn(prompt))
    with closing(sqlite3.connect(tmp_path / "imagine.db")) as database, database:
        database.execute("UPDATE jobs SET ended_at = ended_at - ? WHERE prompt = 'an old boat'", (LONG * 1_000_000,))
        old, new = (
            store / str(database.execute("SELECT id FROM jobs WHERE prompt = ?", (prompt,)).fetchone()[0])
            for prompt in ("an old boat", "a new boat")
        )
    foreign = [
        *(write(store / name) for name in ("thesis.doc", "imagine.db.backup", ".git/HEAD", "photos/0.png")),
        write(old / "notes.txt"),
        write(store / ORPHAN / "cover.psd"),
    ]
    unfinished = write(new / "0.png#1")
    write(store / ORPHAN / "0.png")
    age(store)
    writing = write(new / "1.png#5ed1")
    async with start_bot(playground=True), asyncio.timeout(60):
        while (old / "0.png").exists() or (store / ORPHAN / "0.png").exists() or unfinished.exists():
            await asyncio.sleep(0.05)
    assert writing.exists()
    assert (new / "0.png").exists()
    assert [path for path in foreign if not path.exists()] == []


async def test_what_a_deleted_job_still_has_is_swept(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with delivering(start_bot) as driver:
        for prompt in ("a boat", "a kite"):
            await driver.imagine(prompt)
            await driver.wait_for(drawn(prompt))
    with closing(sqlite3.connect(tmp_path / "imagine.db")) as database, database:
        database.execute("UPDATE jobs SET deleted_at = ended_at, deleted_by = user_id WHERE prompt = 'a boat'")
        boat, kite = (row[0] for row in database.execute("SELECT id FROM jobs ORDER BY id").fetchall())
    images = tmp_path / "images"
    async with start_bot(playground=True), asyncio.timeout(60):
        while (images / boat).exists():
            await asyncio.sleep(0.05)
    assert (images / kite / "0.png").exists()


async def test_the_images_of_an_open_job_are_kept(start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path) -> None:
    images = tmp_path / "images"
    async with delivering(start_bot) as driver:
        for prompt in ("a boat", "a kite"):
            await driver.imagine(prompt)
            await driver.wait_for(drawn(prompt))
    with closing(sqlite3.connect(tmp_path / "imagine.db")) as database, database:
        moved = (LONG * 1_000_000,)
        database.execute("UPDATE jobs SET created_at = created_at - ?, ended_at = ended_at - ?", moved * 2)
        database.execute("UPDATE jobs SET status = 'unclear to us', ended_at = NULL, told = 0 WHERE prompt = 'a boat'")
        boat, kite = (row[0] for row in database.execute("SELECT id FROM jobs ORDER BY id").fetchall())
    async with start_bot(playground=True), asyncio.timeout(60):
        while (images / kite).exists():
            await asyncio.sleep(0.05)
    assert (images / boat / "0.png").exists()
