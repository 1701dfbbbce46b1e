"""The dialogue as a whole: its questions, their order, those that a second run leaves out, and how it is broken off."""

import pytest

from bot.core.setup import cleaned, ending
from tests.bot.cli.setup.conftest import APP_TOKEN, BOT_TOKEN, KEY, TOKEN, Desk
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_world import GUILD
from tests.fakes.slack import FakeSlack
from tests.support.console import CLOSES

SLACK = (BOT_TOKEN, APP_TOKEN)


@pytest.fixture
async def joined(discord: FakeDiscord) -> FakeDiscord:
    discord.world.bots_guilds.add(GUILD)
    return discord


@pytest.mark.parametrize(
    ("where", "asked", "heads"),
    [
        ("", (TOKEN,), ["1 of 3  Who pays for the pictures", "2 of 3  Discord", "3 of 3  First picture"]),
        ("1", (TOKEN,), ["1 of 3  Who pays for the pictures", "2 of 3  Discord", "3 of 3  First picture"]),
        ("2", SLACK, ["1 of 3  Who pays for the pictures", "2 of 3  Slack", "3 of 3  First picture"]),
        (
            "3",
            (TOKEN, *SLACK),
            ["1 of 4  Who pays for the pictures", "2 of 4  Discord", "3 of 4  Slack", "4 of 4  First picture"],
        ),
    ],
)
async def test_it_is_asked_where_and_then_for_that_alone(
    desk: Desk, joined: FakeDiscord, slack: FakeSlack, where: str, asked: tuple[str, ...], heads: list[str]
) -> None:
    console = await desk.answer(None, where, "", *asked)
    assert "Where do you want it?  1 Discord  2 Slack  3 both   [1]:" in console.shown
    assert [line for line in console.shown.splitlines() if line in heads] == heads
    assert set(desk.kept) == {"COMETAPI_KEY"} | ({"DISCORD_TOKEN"} if TOKEN in asked else set()) | (
        {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} if APP_TOKEN in asked else set()
    )
    assert (await desk.answer(None)).asked == 0


@pytest.mark.parametrize("typed", ["0", "4", "discord", "-1", "²"])
async def test_after_an_answer_that_is_not_among_the_choices_it_asks_again(
    desk: Desk, joined: FakeDiscord, typed: str
) -> None:
    console = await desk.answer(None, typed, "1", "", TOKEN)
    assert console.refusals == ["Type a number from 1 to 3, or press Enter for 1."]


@pytest.mark.parametrize("answers", [(), ("3",), ("3", KEY), ("3", KEY, TOKEN), ("3", KEY, TOKEN, BOT_TOKEN)])
async def test_what_was_checked_is_kept_when_the_terminal_closes_and_not_asked_again(
    desk: Desk, cometapi: FakeCometAPI, joined: FakeDiscord, slack: FakeSlack, answers: tuple[str, ...]
) -> None:
    console = await desk.answer(None, *answers, CLOSES)
    assert desk.places is None
    assert console.refusals == ["The input was closed. What was checked is kept; the next time it isn't asked again."]
    kept = list(desk.kept.values()) if answers[1:] else []
    assert kept == list(answers[1:])
    missing = [each for each in (KEY, TOKEN, *SLACK) if each not in kept]
    if TOKEN in missing:  # no platform was begun, so it is asked again which ones are wanted
        missing.insert(0, "3")
    elif BOT_TOKEN in missing:
        missing = []
    await desk.answer(None, *missing)


def test_cleaning_goes_on_until_nothing_is_left_around_it() -> None:
    assert cleaned(" \ufeffDISCORD_TOKEN = ' Bot \"a.b\u200b.c\" ' \n", "DISCORD_TOKEN") == "a.b.c"
    assert cleaned("bot", "DISCORD_TOKEN") == "bot"
    assert cleaned("\x1b[200~a.b.c\x1b[201~", "DISCORD_TOKEN") == "a.b.c"


def test_of_a_short_secret_nothing_is_shown() -> None:
    assert (ending("0123456789abcdef"), ending("short")) == ("…cdef", "…")
