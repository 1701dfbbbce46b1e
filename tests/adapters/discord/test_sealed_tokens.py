"""Stored tokens of interactions: nobody who reads the ledger, its log or a copy of it can use them, and the bot can."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import backup
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_world import CHANNEL, Interaction
from tests.fakes.slack_driver import until


@pytest.fixture
def drawing(gateway: FakeCometAPI, discord: FakeDiscord) -> FakeDiscord:
    """Have a gateway that takes its time, and a channel that the bot can't write to: only a token reaches it."""
    gateway.hold()
    discord.world.channels[CHANNEL].bot_is_member = False
    return discord


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "imagine.db"


def only(discord: FakeDiscord) -> Interaction:
    (sent,) = discord.world.interactions.values()
    return sent


def files_with(folder: Path, word: str) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in found if word.encode() in path.read_bytes())


def stored(ledger: Path) -> Iterator[dict[str, str]]:
    with closing(sqlite3.connect(ledger)) as database:
        for (tokens,) in database.execute("SELECT tokens FROM jobs"):
            yield json.loads(tokens)


async def test_no_token_is_in_the_database_its_log_or_a_backup(
    start_bot: StartBot, drawing: FakeDiscord, people: DiscordDriver, gateway: FakeCometAPI, ledger: Path
) -> None:
    async with start_bot(**settings(drawing)):
        await people.imagine("a boat")
        await people.wait_for(lambda seen: "Drawing" in seen.text)
        assert files_with(ledger.parent, only(drawing).id)  # the search finds a token in the places where it could be
        assert any(stored(ledger))
        await backup(f"sqlite:///{ledger}", ledger.parent / "monday.db")
        assert files_with(ledger.parent, only(drawing).token) == []
        gateway.release()
        await people.wait_for(lambda seen: bool(seen.images) and not seen.private)
        await until(lambda: list(stored(ledger)) == [{}])
    assert files_with(ledger.parent, only(drawing).token) == []


async def test_another_process_uses_what_one_has_sealed(
    start_bot: StartBot, drawing: FakeDiscord, people: DiscordDriver, gateway: FakeCometAPI
) -> None:
    async with start_bot(**settings(drawing)):
        await people.imagine("a boat")
        seen = await people.wait_for(lambda seen: "Drawing" in seen.text)
    async with start_bot(**settings(drawing)):
        assert (await people.wait_for(lambda seen: "restarted" in seen.text)).id == seen.id


async def test_after_a_reset_a_token_sealed_by_the_former_one_counts_as_missing(
    start_bot: StartBot, drawing: FakeDiscord, people: DiscordDriver
) -> None:
    async with start_bot(**settings(drawing)):
        await people.imagine("a boat")
        await people.wait_for(lambda seen: "Drawing" in seen.text)
    await drawing.reset_token()
    drawing.rest.requests.clear()
    async with start_bot(**settings(drawing)):
        assert (await people.wait_for(lambda seen: "restarted" in seen.text)).private
        assert not any("/webhooks/" in line for line in drawing.rest.requests)


@pytest.mark.parametrize("what", ["of the release before", "of a newer one"])
async def test_tokens_of_other_releases_are_used_as_they_are_or_left_alone(
    start_bot: StartBot, drawing: FakeDiscord, people: DiscordDriver, ledger: Path, what: str
) -> None:
    async with start_bot(**settings(drawing)):
        await people.imagine("a boat")
        await people.wait_for(lambda seen: "Drawing" in seen.text)
    before = what == "of the release before"
    tokens = {"interaction": only(drawing).token} if before else {"sealed": "in another way", "passkey": "x"}
    with closing(sqlite3.connect(ledger)) as database, database:
        database.execute("UPDATE jobs SET tokens = ?", (json.dumps(tokens),))
    async with start_bot(**settings(drawing)):
        assert (await people.wait_for(lambda seen: "restarted" in seen.text)).private is not before
        await until(lambda: list(stored(ledger)) == [{}])
