"""Makes the pictures in docs/images: `make pictures`, or `python -m tests.support.readme_pictures`.

Needs Chromium, and a font with Japanese letters.

The whole bot runs between the local servers; its sandbox draws. Discord's and Slack's messages are drawn as these
servers hold them; the playground is the page itself.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, expect

from bot.cli.assembly import running
from bot.cli.local_gateway import listening
from bot.core.language import speak
from bot.sandbox import sandbox_app
from bot.settings import Settings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, settings_for, until
from tests.support.chromium import launched
from tests.support.drawn_messages import discord_form, discord_page, slack_form, slack_page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PROMPT = "a paper boat at dusk"
_OPTION = "--size landscape"
TYPED = f"{PROMPT} {_OPTION}"
_POINTS_PER_PIXEL = 1.5
_IN_A_THREAD = "a lighthouse in snow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture of the playground: its file, and the browser that it is seen in."""

    name: str
    locale: str = "en"
    prompt: str = PROMPT
    width: int = 1100
    height: int = 880
    phone: bool = False


_IN_JAPANESE = "夕暮れの湖と紙の船"
SHOTS = (
    Shot(name="playground.png"),
    Shot(name="playground-ja.png", locale="ja", prompt=_IN_JAPANESE),
    Shot(name="playground-ja-phone.png", locale="ja", prompt=_IN_JAPANESE, width=390, height=760, phone=True),
)


async def _asked(driver: Driver) -> Seen:
    await driver.imagine(TYPED)
    return await driver.wait_for(lambda seen: bool(seen.images))


async def discord_surfaces(discord: FakeDiscord) -> Sequence[tuple[str, str]]:
    """Use the bot on Discord, and return a page of each thing that it shows there, by the picture's name."""
    people = DiscordDriver(discord)
    posted = discord.world.messages[(await _asked(people)).id]
    form = await discord.answered(await discord.press(posted, "Edit prompt"))
    await people.history()
    seen = await people.wait_for(lambda seen: seen.private and "Your images" in seen.text)
    history = discord.world.messages[seen.id]
    return [
        ("discord.png", discord_page(posted, discord.world, f"/imagine {TYPED}")),
        ("discord-form.png", discord_form(form)),
        ("discord-history.png", discord_page(history, discord.world, "/history  (only you can see this)")),
    ]


async def slack_surfaces(slack: FakeSlack) -> Sequence[tuple[str, str]]:
    """Use the bot on Slack, and return a page of each thing that it shows there, by the picture's name."""
    people = SlackDriver(slack)

    def message(seen: Seen) -> Message:
        return next(each for each in slack.world.messages if each.ts == seen.id)

    posted = message(await _asked(people))
    await people.imagine("")
    await until(lambda: bool(slack.open_views("ada")))
    form = slack.open_views("ada")[-1].view
    await people.history()
    history = message(await people.wait_for(lambda seen: "Your images" in seen.text))
    await slack.mention(f"@imagine {_IN_A_THREAD}")
    answer = message(await people.wait_for(lambda seen: _IN_A_THREAD in seen.text and bool(seen.images)))
    return [
        ("slack.png", slack_page(posted, slack.world, f"/imagine {TYPED}")),
        ("slack-form.png", slack_form(form)),
        ("slack-history.png", slack_page(history, slack.world, "/history  (only visible to you)")),
        ("slack-thread.png", slack_page(answer, slack.world, f"ada: @imagine {_IN_A_THREAD}")),
    ]


async def _save(browser: Browser, page: str, name: str) -> None:
    context = await browser.new_context(viewport={"width": 560, "height": 400}, device_scale_factor=_POINTS_PER_PIXEL)
    shown = await context.new_page()
    await shown.set_content(page)
    await shown.locator("main").screenshot(path=IMAGES / name)
    await context.close()


async def _save_playground(browser: Browser, address: str, shot: Shot) -> None:
    context = await browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        locale=shot.locale,
        is_mobile=shot.phone,
        has_touch=shot.phone,
        device_scale_factor=_POINTS_PER_PIXEL if shot.phone else 1,
    )
    page = await context.new_page()
    await page.goto(address)
    await page.locator("#quota").wait_for()
    await page.get_by_role("textbox").fill(f"{shot.prompt} {_OPTION}")
    await page.keyboard.press("Enter")
    again = speak(shot.locale).label("Again")
    await expect(page.get_by_role("button", name=again)).to_be_enabled()
    await page.get_by_alt_text(shot.prompt).evaluate("image => image.decode()")
    await page.screenshot(path=IMAGES / shot.name)
    await context.close()


def _check_fonts() -> None:
    """Raise FileNotFoundError where no font has Japanese letters: there would be boxes in their place."""
    listing = shutil.which("fc-list")
    if listing and not subprocess.run([listing, ":lang=ja"], capture_output=True, check=True).stdout:
        raise FileNotFoundError("no font here has Japanese letters; Debian has one in fonts-noto-cjk")


async def make() -> None:
    """Make all pictures."""
    _check_fonts()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            FakeDiscord() as discord,
            FakeSlack() as slack,
            listening(sandbox_app(delay=0), 0) as gateway,
            launched() as browser,
        ):
            given = {
                **settings(discord),
                **settings_for(slack, "socket"),
                "cometapi_key": "sk-picture",
                "cometapi_base_url": f"{gateway}/v1",
                "database_url": f"sqlite:///{folder}/imagine.db",
                "image_store": f"{folder}/images",
                "http_port": 0,
                "playground": True,
                "playground_port": 0,
                "playground_key_file": f"{folder}/playground.key",
            }
            async with running(Settings.model_validate(given)) as bot:
                while not await bot.ready():
                    await asyncio.sleep(0.05)
                for name, page in [*await discord_surfaces(discord), *await slack_surfaces(slack)]:
                    await _save(browser, page, name)
                for shot in SHOTS:
                    await _save_playground(browser, bot.opened_at["web"], shot)


if __name__ == "__main__":
    try:
        asyncio.run(make())
    except FileNotFoundError as error:
        sys.exit(str(error))
