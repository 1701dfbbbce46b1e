"""Beside a newer release, or after a step back from one: odd rows and buttons do no harm."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import aiohttp

from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_world import CHANNEL
from tests.fakes.discord_world import Message as DiscordMessage
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import slack_platform
from tests.fakes.web_browser import browser
from tests.fakes.web_driver import WebPerson, web_platform
from tests.support.sqlite import until_all_are


def change(folder: Path, prompt: str, columns: Mapping[str, object]) -> None:
    """Write into a job's row as a newer release might."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    with closing(sqlite3.connect(folder / "imagine.db")) as database, database:
        database.execute(f"UPDATE jobs SET {sets} WHERE prompt = ?", (*columns.values(), prompt))


WAITING = {"status": "queued", "told": 0, "ended_at": None, "attempt": 0}


async def test_a_row_that_can_not_be_read_stops_nobody_and_is_named(start_bot: StartBot, tmp_path: Path) -> None:
    async with web_platform(start_bot, shutdown_grace=20) as driver:  # which ends with nothing left to write
        await driver.imagine("an odd boat")
        odd = await driver.wait_for(lambda seen: bool(seen.images))
    change(tmp_path, "an odd boat", {**WAITING, "place": "[1, 2]"})
    async with start_bot(playground=True) as bot, aiohttp.ClientSession(bot.url) as session:
        async with browser(bot.opened_at["web"]) as other:
            person = WebPerson(other)
            for prompt in ("a kite", "a lamp"):
                await person.say(f"/imagine {prompt}")
            while not all(seen.images for seen in person.shown):
                await person.refresh()
        async with session.get("/readyz") as response:
            assert response.status == 200
            assert (await response.json())["set_aside"] == [odd.id]
        async with session.get("/metrics") as response:
            assert "imagine_jobs_set_aside 1.0" in await response.text()


async def test_what_a_newer_release_does_with_a_job_is_not_guessed_at(start_bot: StartBot, tmp_path: Path) -> None:
    async with web_platform(start_bot) as driver:
        await driver.imagine("a boat")
        boat = await driver.wait_for(lambda seen: bool(seen.images))
        await until_all_are(tmp_path / "imagine.db", "delivered")
        change(tmp_path, "a boat", {"status": "archived", "fault": "of a kind to come"})
        await driver.wait_for(lambda seen: seen.id == boat.id and "Another version of this bot" in seen.text)
        await driver.history()
        await driver.wait_for(lambda seen: "known to another version of this bot" in seen.text)
        await driver.quota()
        await driver.wait_for(lambda seen: "20 of 20" in seen.text)
        await driver.press(boat, "Again")
        await driver.wait_for(lambda seen: bool(seen.images) and seen.id != boat.id)


async def test_a_newer_button_on_discord_is_answered(start_bot: StartBot) -> None:
    button = {"type": 2, "style": 2, "label": "Favourite", "custom_id": "favourite:0123456789abcdef0123456789"}
    async with FakeDiscord() as discord, start_bot(**discord_settings(discord)):
        row = [{"type": 1, "components": [button]}]
        message = DiscordMessage(id=discord.world.snowflake(), channel=CHANNEL, components=row)
        discord.world.messages[message.id] = message
        await discord.answered(await discord.press(message, "Favourite"))
        people = DiscordDriver(discord)
        assert "from another version of this bot" in (await people.wait_for(lambda seen: seen.private)).text


async def test_a_newer_button_on_slack_is_answered(start_bot: StartBot) -> None:
    async with FakeSlack() as slack, slack_platform(start_bot, slack=slack) as people:
        await people.imagine("a boat")
        boat = await people.wait_for(lambda seen: bool(seen.images))
        message = next(each for each in slack.world.messages if each.ts == boat.id)
        buttons = [
            element for block in message.blocks for element in block.get("elements", ()) if "action_id" in element
        ]
        buttons[0] |= {"action_id": "imagine:favourite:0", "text": {"type": "plain_text", "text": "Favourite"}}
        await people.press(boat, "Favourite")
        assert (await people.wait_for(lambda seen: "from another version of this bot" in seen.text)).private
