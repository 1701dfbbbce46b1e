"""The last step: the bot runs, and waits with its operator for the first picture."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bot.cli.assembly import Running, running
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.setup.first_picture import FirstPicture, Patience
from bot.core.language.catalogues import ENGLISH
from bot.core.language.language import Language
from bot.core.message import message
from bot.core.model import Job
from bot.core.setup import Place
from bot.settings import Settings
from tests.conftest import BotSettings
from tests.fakes.cometapi import FakeCometAPI, Says, fails
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_faults import Fault
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.fakes.slack_driver import until as seen
from tests.support.console import ScriptedConsole

DISCORD = Place(command="/imagine", url="https://discord.com/channels/8", hint=message("nothing there? Ctrl-R"))
SLACK = Place(command="/draw")


class Bench:
    """Runs the last step beside a test."""

    def __init__(self) -> None:
        self.console, self.stop = ScriptedConsole(), asyncio.Event()

    @asynccontextmanager
    async def run(
        self, settings: Settings, patience: Patience, places: dict[str, Place]
    ) -> AsyncIterator["asyncio.Task[int]"]:
        first = FirstPicture(
            console=self.console,
            texts=ENGLISH,
            platforms=tuple(platform for platform in PLATFORMS if platform.title in places),
            places=places,
            patience=patience,
            serve=self._serve,
        )
        running = asyncio.create_task(first.drawn(settings))
        try:
            yield running
        finally:
            self.stop.set()
            await asyncio.wait({running})

    @asynccontextmanager
    async def _serve(
        self, settings: Settings, texts: Language, platforms: Platforms, shown: Callable[[Job], None]
    ) -> AsyncIterator[tuple[Running, asyncio.Event]]:
        async with running(settings, platforms=platforms, shown=shown) as bot:
            yield bot, self.stop

    async def says(self, words: str) -> None:
        try:
            await seen(lambda: words in self.console.shown)
        except TimeoutError:
            raise AssertionError(f"{words!r} isn't said in:\n{self.console.shown}") from None


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as running:
        yield running


async def test_the_first_picture_is_said_with_what_it_took(
    bench: Bench, bot_settings: BotSettings, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.will(
        fails(400, "moderation_blocked", "rejected"),
        fails(500, "convert_request_failed", "not supported model for image generation"),
    )
    async with (
        FakeSlack() as slack,
        bench.run(
            bot_settings(**discord_settings(discord), **settings_for(slack, "socket"), quota_images=7),
            Patience(),
            {"Discord": DISCORD, "Slack": SLACK},
        ) as ended,
    ):
        await bench.says("The bot is running.")
        people = DiscordDriver(discord)
        await people.imagine("something bad")
        await bench.says("→ The first command ended without a picture: The model refused this prompt")
        await people.imagine("a paper boat --model dall-e-2")
        await bench.says("without a picture: dall-e-2 doesn't make images")
        await people.imagine("a paper boat")
        await bench.says('✓ first picture: "a paper boat" for Ada in #design, ')
        await SlackDriver(slack).imagine("a second one")
        bench.stop.set()
        assert await ended == 0
    said = bench.console.shown
    assert (
        "Discord: type  /imagine a paper boat  in  https://discord.com/channels/8\n    (nothing there? Ctrl-R)" in said
    )
    assert "Slack: type  /draw a paper boat\n" in said
    assert " s, about $0.032." in said
    assert "Each person may draw 7 a day (QUOTA_IMAGES)." in said
    assert "docs/operating.md#keep-it-running       Ctrl-C stops it." in said
    assert said.count("first picture") == 1


async def test_if_nothing_comes_the_usual_causes_are_said_and_it_goes_on_waiting(
    bench: Bench, bot_settings: BotSettings, discord: FakeDiscord
) -> None:
    patience = Patience(command=0.01)
    async with bench.run(bot_settings(**discord_settings(discord)), patience, {"Discord": DISCORD}) as ended:
        await bench.says("→ Nothing came yet. The three usual causes:")
        await DiscordDriver(discord).imagine("a paper boat")
        await bench.says("✓ first picture")
        bench.stop.set()
        assert await ended == 0


async def test_a_token_that_was_reset_meanwhile_is_said_in_the_doctors_words(
    bench: Bench, bot_settings: BotSettings, discord: FakeDiscord
) -> None:
    settings = bot_settings(**discord_settings(discord))
    discord.token = discord.rest.token = "another"
    async with bench.run(settings, Patience(), {"Discord": DISCORD}) as ended:
        assert await ended == 1
    assert bench.console.refusals == [
        "Discord refuses DISCORD_TOKEN.",
        "Reset it in the Developer Portal, under Bot, and set DISCORD_TOKEN to the new one.",
    ]
    assert "Everything that was checked is kept. Once this is solved: imagine-bot run" in bench.console.shown


async def test_one_platform_that_is_away_does_not_hold_up_the_other(
    bench: Bench, bot_settings: BotSettings, discord: FakeDiscord
) -> None:
    async with FakeSlack() as slack:
        slack.token_refused = "token_revoked"
        settings = bot_settings(**discord_settings(discord), **settings_for(slack, "socket"))
        places = {"Discord": DISCORD, "Slack": SLACK}
        async with bench.run(settings, Patience(), places):
            await bench.says("→ Slack refuses SLACK_BOT_TOKEN (token_revoked).")
            await bench.says("The bot is running.")
            await DiscordDriver(discord).imagine("a paper boat")
            await bench.says("✓ first picture")


async def test_what_the_doctor_finds_is_said_of_a_platform_that_does_not_answer(
    bench: Bench, bot_settings: BotSettings, discord: FakeDiscord
) -> None:
    discord.fail(Fault(where="/users/@me", status=503, times=100))
    settings = bot_settings(**discord_settings(discord))
    async with bench.run(settings, Patience(connection=0.1), {"Discord": DISCORD}) as ended:
        assert await ended == 1
    assert bench.console.refusals[0] == "Discord answered 503. Try again later."


async def test_it_can_be_stopped_before_anything_is_connected(
    bench: Bench, bot_settings: BotSettings, discord: FakeDiscord
) -> None:
    discord.fail(Fault(where="/users/@me", delay=0.5))
    async with bench.run(bot_settings(**discord_settings(discord)), Patience(), {"Discord": DISCORD}) as ended:
        bench.stop.set()
        assert await ended == 0
    assert "The bot is running" not in bench.console.shown


async def test_a_direct_message_has_no_place_and_a_model_without_a_price_no_price(
    bench: Bench, bot_settings: BotSettings, gateway: FakeCometAPI, discord: FakeDiscord
) -> None:
    gateway.catalogue = Says(body={"data": []})
    direct = discord.world.direct_channel(discord.world.person("ada"))
    say = partial(discord.command, "imagine", {"prompt": "a boat"}, channel=direct.id)
    async with bench.run(bot_settings(**discord_settings(discord)), Patience(), {"Discord": DISCORD}):
        await bench.says("The bot is running.")
        await say()
        await bench.says('✓ first picture: "a boat" for Ada, ')
        assert ", price unknown." in bench.console.shown
