"""A backup is made while the bot runs; after its restoring nothing is drawn twice, and everybody is told."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI, fails
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Seen
from tests.support.builders import SetClock
from tests.support.process import imagine_bot
from tests.support.sqlite import revision
from tests.system.test_odd_databases import contents, killed, of_a_newer_release, of_another_program

HOUR = 3600.0
SAID = {
    "drawn": "The images of 2 jobs are shown again at the next start.",
    "killed": "2 jobs were open then and may have been drawn since: their askers are told at the next start.",
    "lost": "2 jobs were open then. The image store has no image from then, so their messages stay as they are.",
}


def about(prompt: str, driver: DiscordDriver) -> list[Seen]:
    return [seen for seen in driver.seen() if prompt in seen.text and not seen.private]


@pytest.mark.parametrize("since", ["drawn", "killed", "lost"])
async def test_what_was_open_at_the_backup_is_shown_or_told_after_its_restoring_and_never_sent_again(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path, since: str
) -> None:
    """Since the backup, what was open was drawn; or the process was killed; or it was drawn and all images are lost."""
    stored = {"database_url": f"sqlite:///{tmp_path}/imagine.db", "image_store": tmp_path / "images"}
    open_then = ("a paper boat", "a kite")
    async with FakeDiscord() as discord:
        driver = DiscordDriver(discord)
        async with start_bot(**settings(discord), max_concurrent_jobs=1):
            await driver.imagine("a lantern")
            await driver.wait_for(lambda seen: "a lantern" in seen.text and bool(seen.images))
            gateway.will(fails(400, "moderation_blocked", kind="image_generation_user_error"))
            await driver.imagine("a secret", user="edsger")
            await driver.wait_for(lambda seen: "content policy" in seen.text)
            gateway.hold()
            await driver.imagine("a paper boat", user="grace")
            await gateway.arrived(3)
            await driver.imagine("a kite", user="alan")
            status, out, _ = await imagine_bot(tmp_path, "backup", "copies/monday.db", **stored)
            assert (status, out) == (0, f"Saved 4 jobs in {tmp_path}/copies/monday.db.\n")
            refused, _, err = await imagine_bot(tmp_path, "restore", "copies/monday.db", **stored)
            assert (refused, err) == (1, f"A bot uses {tmp_path}/imagine.db. Stop it first.\n")
            if since != "killed":
                gateway.release()
                for prompt in open_then:
                    await driver.wait_for(lambda seen, prompt=prompt: prompt in seen.text and bool(seen.images))  # type: ignore[misc]
        gateway.release()
        sent = len(gateway.requests)
        before = {prompt: about(prompt, driver) for prompt in ("a lantern", "a secret", *open_then)}
        if since == "lost":
            shutil.rmtree(tmp_path / "images")
        status, out, _ = await imagine_bot(tmp_path, "restore", "copies/monday.db", **stored)
        assert (status, SAID[since] in out) == (0, True), out
        async with start_bot(**settings(discord), max_concurrent_jobs=1):
            await driver.imagine("a lamp")
            await driver.wait_for(lambda seen: "a lamp" in seen.text and bool(seen.images))
            if since == "killed":
                for prompt in open_then:
                    told = await driver.wait_for(
                        lambda seen, prompt=prompt: prompt in seen.text and "an older copy" in seen.text  # type: ignore[misc]
                    )
                    assert told.buttons == ["Again", "Edit prompt"]
            after = {prompt: about(prompt, driver) for prompt in before}
            assert [request.body["prompt"] for request in gateway.requests][sent:] == ["a lamp"]
        for prompt in ("a lantern", "a secret") if since == "killed" else before:
            # The text isn't compared: what the model made of a prompt is no longer known.
            assert [(seen.id, seen.images, seen.buttons) for seen in after[prompt]] == [
                (seen.id, seen.images, seen.buttons) for seen in before[prompt]
            ]
        assert all(len(seen) == 1 for seen in after.values())
        assert not any(seen.pings for seen in driver.seen())


@asynccontextmanager
async def left_waiting(start_bot: StartBot, gateway: FakeCometAPI) -> AsyncIterator[tuple[FakeDiscord, DiscordDriver]]:
    """End a bot while it draws a paper boat and a kite waits."""
    async with FakeDiscord() as discord:
        driver = DiscordDriver(discord)
        async with start_bot(**settings(discord), max_concurrent_jobs=1):
            gateway.hold()
            await driver.imagine("a paper boat")
            await gateway.arrived()
            await driver.imagine("a kite", user="grace")
        gateway.release()
        yield discord, driver


async def test_what_waited_while_no_process_lived_for_over_an_hour_is_told_and_not_drawn(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with left_waiting(start_bot, gateway) as (discord, driver):
        later = SetClock()
        later.set(HOUR + 60)
        async with start_bot(**settings(discord), clock=later):
            told = await driver.wait_for(lambda seen: "a kite" in seen.text and "more than an hour" in seen.text)
            assert "It doesn't count against your quota" in told.text
            assert len(gateway.requests) == 1
            await driver.press(told, "Again", user="grace")
            await driver.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images))
        assert len(gateway.requests) == 2


async def test_a_short_absence_costs_nobody_their_image(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with left_waiting(start_bot, gateway) as (discord, driver):
        later = SetClock()
        later.set(HOUR - 60)
        async with start_bot(**settings(discord), clock=later):
            await driver.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images))


async def test_images_are_backed_up_and_put_back_if_that_is_asked_for(
    start_bot: StartBot, bot_settings: BotSettings, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    stored = {"database_url": f"sqlite:///{tmp_path}/imagine.db", "image_store": tmp_path / "images"}
    async with FakeDiscord() as discord, start_bot(**settings(discord)):
        driver = DiscordDriver(discord)
        await driver.imagine("boats --n 2")
        await driver.wait_for(lambda seen: len(seen.images) == 2)
        status, out, _ = await imagine_bot(tmp_path, "backup", "--images", "monday.db", **stored)
    assert (status, "Saved 2 images in monday.db.images." in out) == (0, True)
    assert (tmp_path / "monday.db").stat().st_mode & 0o777 == 0o600
    before = {path.name: path.read_bytes() for path in (tmp_path / "images").glob("*/*.*")}
    shutil.rmtree(tmp_path / "images")
    status, out, _ = await imagine_bot(tmp_path, "restore", "monday.db", **stored)
    assert (status, "Put 2 images back." in out) == (0, True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "images").glob("*/*.*")} == before


async def test_what_was_there_before_is_kept_with_its_log(tmp_path: Path, migrated_file: Path) -> None:
    """A process was killed, and a file is copied back that is older than the log beside it."""
    path = tmp_path / "data" / "imagine.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    shutil.copy(migrated_file, tmp_path / "monday.db")
    killed(path)
    before = contents(path.parent)
    status, _, _ = await imagine_bot(tmp_path, "restore", "monday.db")
    assert status == 0
    after = contents(path.parent)
    (kept,) = (name for name in after if ".before-restore-" in name and not name.endswith("-wal"))
    assert after.keys() - {"imagine.db"} == {kept, f"{kept}-wal"}
    assert (after[kept], after[f"{kept}-wal"]) == (before["imagine.db"], before["imagine.db-wal"])
    assert (await imagine_bot(tmp_path, "doctor"))[1].count(f"{path} ({revision(migrated_file)}, no jobs)") == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (of_another_program, "belongs to another program"),
        (of_a_newer_release, "made by a newer version"),
        (lambda path: path.write_bytes(b"no database"), "file is not a database"),
        (lambda path: path.write_bytes(b""), "is no backup of the bot's"),
        (Path.unlink, "There is no file"),
    ],
)
async def test_what_is_no_backup_is_refused_and_the_database_stays(
    tmp_path: Path, migrated_file: Path, wrong: object, said: str
) -> None:
    path, other = tmp_path / "data" / "imagine.db", tmp_path / "other.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    if wrong is not of_another_program:
        shutil.copy(migrated_file, other)
    wrong(other)  # type: ignore[operator]
    before = contents(tmp_path)
    status, _, err = await imagine_bot(tmp_path, "restore", "other.db")
    assert (status, said in err) == (1, True), err
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("backup", "data/imagine.db"), "There is data/imagine.db already"),
        (("restore", "data/imagine.db"), "is the database itself"),
    ],
)
async def test_the_database_itself_is_no_backup(
    tmp_path: Path, migrated_file: Path, command: tuple[str, ...], said: str
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "imagine.db")
    before = contents(tmp_path)
    status, _, err = await imagine_bot(tmp_path, *command)
    assert (status, said in err) == (1, True), err
    assert contents(tmp_path) == before


async def test_a_server_has_a_tool_of_its_own(tmp_path: Path, postgres_url: str) -> None:
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        status, _, err = await imagine_bot(tmp_path, command, "monday.dump", database_url=postgres_url)
        assert (status, tool in err) == (1, True)
