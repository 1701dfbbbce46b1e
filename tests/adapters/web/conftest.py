"""Fixtures of the playground: the whole bot with it, people, and a real browser where there is one."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from yarl import URL

from bot.cli.assembly import Running
from tests.adapters.web.speak import printed
from tests.conftest import StartBot
from tests.fakes.web_browser import browser
from tests.support.chromium import launched

DUTCH = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "What do you want to see?"
msgstr "Wat wil je zien?"

msgid "Ask for an image"
msgstr "Vraag om een afbeelding"

msgid "Image {number} of {count}, being drawn"
msgstr "Afbeelding {number} van {count}, in de maak"

msgid "{n} of {quota} left"
msgid_plural "{n} of {quota} left"
msgstr[0] "Nog {n} van {quota}"
msgstr[1] "Nog {n} van {quota}"

msgid "Again"
msgstr "Nog een keer"

msgid "There is nothing at this address."
msgstr "Er is niets op dit adres."
"""


@pytest.fixture
def dutch(tmp_path: Path) -> Path:
    """Make a language: one file, in a folder of its own."""
    folder = tmp_path / "languages"
    folder.mkdir()
    (folder / "nl.po").write_text(DUTCH, "utf-8")
    return folder / "nl.po"


@pytest.fixture
def language_folder() -> Path | None:
    """Return no folder; tests of languages have one."""
    return None


@pytest.fixture
async def running(start_bot: StartBot, language_folder: Path | None) -> AsyncIterator[Running]:
    async with start_bot(playground=True, quota_images=5, language_folder=language_folder) as running:
        yield running


@pytest.fixture
async def ada(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(printed(running)) as session:
        yield session


@pytest.fixture
async def grace(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(printed(running)) as session:
        yield session


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser once: that takes longer than most tests in it."""
    expect.set_options(timeout=60_000)  # by default 5 s, and a machine may be busy
    try:
        async with launched() as browser:
            yield browser
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
async def context(chromium: Browser, running: Running) -> AsyncIterator[BrowserContext]:
    # To draw what moves, sixty times a second and without a graphics card, takes a third of the browser's time.
    context = await chromium.new_context(
        base_url=str(URL(printed(running)).origin()), viewport={"width": 1100, "height": 800}, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, running: Running) -> AsyncIterator[Page]:
    """Return the page, opened; a test fails if a script failed in it, or tried what its policy forbids."""
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(printed(running))
    await page.locator("#quota").wait_for()
    yield page
    await page.unroute_all(behavior="wait")  # a test may still be changing an answer
    assert errors == []
