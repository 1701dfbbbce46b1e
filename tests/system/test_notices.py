"""A person who waited for long is told that the images are there: once, alone, and by nothing else."""

import asyncio
from typing import Any

from bot.cli.assembly import running
from bot.cli.timings import Timings
from tests.conftest import BotSettings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for

SUPPRESS_NOTIFICATIONS = 1 << 12
AT_ONCE = Timings(notice=0.0)


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def until_ready(bot: Any) -> None:
    async with asyncio.timeout(60):
        while not await bot.ready():
            await asyncio.sleep(0.02)


async def test_on_discord_one_message_mentions_the_asker_alone_and_the_waiting_one_is_silent(
    bot_settings: BotSettings,
) -> None:
    async with (
        FakeDiscord() as discord,
        running(bot_settings(**discord_settings(discord)), AT_ONCE) as bot,
    ):
        await until_ready(bot)
        people = DiscordDriver(discord)
        await people.imagine("a boat for @everyone <@600000000000000002>")
        waiting = await discord.answered(list(discord.world.interactions.values())[-1])
        result = await people.wait_for(drawn)
        told = await people.wait_for(lambda seen: "Your images are ready." in seen.text)
        await asyncio.sleep(0.3)
        notices = [message for message in discord.world.messages.values() if "ready" in message.content]
        assert [message.pinged for message in notices] == [{discord.world.person("ada")}]
        assert not discord.world.messages[result.id].pinged
        assert told.id != result.id
        assert waiting["data"]["flags"] & SUPPRESS_NOTIFICATIONS


async def test_on_slack_one_reply_in_the_thread_mentions_the_asker_alone(
    bot_settings: BotSettings,
) -> None:
    async with FakeSlack() as slack, running(bot_settings(**settings_for(slack, "socket")), AT_ONCE) as bot:
        await until_ready(bot)
        people = SlackDriver(slack)
        await people.imagine("a boat for <!channel>")
        result = await people.wait_for(drawn)
        told = await people.wait_for(lambda seen: "Your images are ready." in seen.text)
        await asyncio.sleep(0.3)
        pinging = [message for message in slack.world.messages if message.pinged]
        assert [(message.ts, message.thread, message.pinged) for message in pinging] == [
            (told.id, result.id, {slack.person("ada").id})
        ]


async def test_a_fast_image_is_no_news(bot_settings: BotSettings) -> None:
    async with FakeSlack() as slack, running(bot_settings(**settings_for(slack, "socket"))) as bot:
        await until_ready(bot)
        people = SlackDriver(slack)
        await people.imagine("a boat")
        await people.wait_for(drawn)
        await asyncio.sleep(0.3)
        assert not any(message.pinged for message in slack.world.messages)
