"""The page in Japanese, in a browser whose user reads it: no English word, in any of its states."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from yarl import URL

from bot.cli.assembly import Running
from bot.core.language import speak
from tests.adapters.web.drive import fits, picture
from tests.adapters.web.speak import printed
from tests.fakes.cometapi import FakeCometAPI
from tests.system.test_languages import LANGUAGES, OFFERED

BOAT = "夕暮れの紙の船"
# The words that people see, and those that are read to people who can't see.
ALL_WORDS = """
() => [document.title, document.body.innerText, ...[...document.querySelectorAll("*")].flatMap((each) =>
  ["alt", "aria-label", "placeholder", "title"].map((name) => each.getAttribute(name) ?? ""))]
"""


@pytest.fixture
async def context(chromium: Browser, running: Running) -> AsyncIterator[BrowserContext]:
    address = str(URL(printed(running)).origin())
    context = await chromium.new_context(base_url=address, viewport={"width": 360, "height": 740}, locale="ja-JP")
    context.set_default_timeout(60_000)
    yield context
    await context.close()


def said(english: str) -> str:
    return speak("ja").label(english)


async def test_a_phone_in_japanese_shows_no_english_word(page: Page, gateway: FakeCometAPI) -> None:
    japanese, seen = LANGUAGES["japanese"](), set[str]()

    async def look() -> None:
        seen.update(await page.evaluate(ALL_WORDS))
        assert await fits(page)

    async def press(english: str) -> None:
        await page.get_by_role("button", name=said(english), exact=True).first.click()

    await look()
    gateway.hold()
    await page.locator("#prompt").fill(f"{BOAT} --size landscape")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=said("Stop"))).to_be_visible()
    await look()
    gateway.release()
    await expect(picture(page, BOAT)).to_be_visible()
    await press("Options")
    await look()
    await page.locator("#prompt").fill("/")
    await expect(page.locator("#menu").get_by_role("option")).to_have_count(5)
    await look()
    await page.locator("#prompt").fill(f"{BOAT} --size 9")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_be_visible()
    await press("History")
    await expect(page.get_by_role("listitem")).to_be_visible()
    await press("Edit prompt")
    await look()
    await press("Cancel")
    await press("Delete")
    await expect(page.get_by_role("button", name=said("Undo"))).to_be_visible()
    await look()
    assert len(seen) > 30
    assert not {(word, text) for text in seen for word in japanese.english(text) - OFFERED}
