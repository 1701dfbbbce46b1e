"""The README's drawings of Discord and Slack show what was sent: all of its words, pictures and buttons."""

import base64
import html
import re

from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.support.drawn_messages import discord_page, slack_page
from tests.support.process import ROOT

PROMPT = "a *paper* boat & <b>two</b> `birds`, @everyone"


async def drawn(people: Driver) -> Seen:
    await people.imagine(f"{PROMPT} --size landscape")
    return await people.wait_for(lambda seen: bool(seen.images))


def words(page: str) -> str:
    """Return what a browser shows of a page, without its line ends."""
    text = re.sub(
        r"<[^>]+>",
        "",
        re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).replace("<br>", " ").replace("</p>", " "),
    )
    return " ".join(html.unescape(text).split())


def check(page: str, seen: Seen) -> None:
    assert " ".join(re.sub(r"<@\d+>", "@ada", seen.text).split()) in words(page)
    assert "<b>two</b>" not in page
    for button in seen.buttons:
        assert f"<span>{button}</span>" in page
    assert [base64.b64decode(data) for data in re.findall(r'src="data:image/png;base64,([^"]+)"', page)] == seen.images
    assert [html.unescape(alt) for alt in re.findall(r'alt="([^"]*)"', page)] == seen.alts


async def test_the_drawings_show_what_was_sent_and_nothing_else(start_bot: StartBot) -> None:
    async with (
        FakeDiscord() as discord,
        FakeSlack() as slack,
        start_bot(**settings(discord), **settings_for(slack, "socket")),
    ):
        there, here = await drawn(DiscordDriver(discord)), await drawn(SlackDriver(slack))
        check(discord_page(discord.world.messages[there.id], discord.world, ""), there)
        message = next(each for each in slack.world.messages if each.ts == here.id)
        check(slack_page(message, slack.world, ""), here)


def test_the_readme_says_that_they_are_drawings() -> None:
    readme = ROOT.joinpath("README.md").read_text("utf-8")
    first_screen = "\n".join(readme.splitlines()[:25])
    assert all(f"docs/images/{chat}.png" in first_screen for chat in ("discord", "slack"))
    assert "not screenshots" in first_screen
