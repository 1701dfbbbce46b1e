"""The switch between languages, in a real browser."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from yarl import URL

from adapters.web.switch import switch
from bot.cli.assembly import Running
from bot.core.language.described import described
from tests.adapters.web.drive import fits, send
from tests.adapters.web.speak import printed
from tests.fakes.cometapi import FakeCometAPI

LONG = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Imagine"
msgstr "Vorstellungsvermögen"

msgid "playground"
msgstr "Abenteuerspielplatz"

msgid "History"
msgstr "Entstehungsgeschichte"

msgid "{n} of {quota} left"
msgid_plural "{n} of {quota} left"
msgstr[0] "Von {quota} verbleibt dir noch {n}"
msgstr[1] "Von {quota} verbleiben dir noch {n}"
"""


JAPANESE_FONT = re.compile("Hiragino Sans.*Noto Sans CJK JP.*Meiryo.*sans-serif")


@pytest.fixture
def language_folder(dutch: Path) -> Path:
    (dutch.parent / "de.po").write_text(LONG, "utf-8")
    return dutch.parent


@pytest.fixture
async def context(chromium: Browser, running: Running) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(
        base_url=str(URL(printed(running)).origin()),
        viewport={"width": 1100, "height": 800},
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    yield context
    await context.close()


async def switch_to(page: Page, name: str) -> None:
    await page.locator("#languages summary").click()
    async with page.expect_navigation():
        await page.get_by_role("button", name=name).click()
    await page.locator("#quota").wait_for()


async def test_a_language_is_chosen_by_its_own_name_and_kept(page: Page) -> None:
    await expect(page.get_by_role("heading", name="What do you want to see?")).to_be_visible()
    await page.locator("#prompt").fill("a paper boat")
    await switch_to(page, "Nederlands")
    await expect(page.get_by_role("heading", name="Wat wil je zien?")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "nl")
    await expect(page.locator("#quota-text")).to_have_text("Nog 5 van 5")
    await expect(page.locator("#prompt")).to_have_value("a paper boat")
    await page.reload()
    await expect(page.get_by_role("heading", name="Wat wil je zien?")).to_be_visible()
    await expect(page.locator("#prompt")).to_have_value("")
    await switch_to(page, "English")
    await expect(page.get_by_role("heading", name="What do you want to see?")).to_be_visible()


async def test_the_keyboard_reaches_every_language(page: Page) -> None:
    summary = page.locator("#languages summary")
    await expect(summary).to_have_accessible_name("Language: English")
    await summary.focus()
    await page.keyboard.press("Enter")
    languages = page.get_by_role("form", name="Language").get_by_role("button")
    await expect(languages).to_have_text(["English", "日本語", "Deutsch", "Nederlands"])
    await expect(languages.first).to_have_attribute("aria-current", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(languages).to_have_count(0)
    await expect(summary).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(4):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Nederlands")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Wat wil je zien?")).to_be_visible()


async def test_times_are_in_the_language_of_the_page(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await switch_to(page, "Nederlands")
    await page.get_by_role("textbox", name="Vraag om een afbeelding").fill("a paper boat")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("img", name="Afbeelding 1 van 1, in de maak")).to_be_visible()
    await expect(page.locator("[data-relative]")).to_have_text(re.compile(r"seconden? geleden"))
    await switch_to(page, "日本語")
    await expect(page.locator("[data-relative]")).to_have_text(re.compile(r"^\d+秒前$|^今$"))
    await switch_to(page, "English")
    await expect(page.locator("[data-relative]")).to_have_text(re.compile(r"seconds? ago"))
    gateway.release()


async def test_jobs_of_before_follow_the_page(page: Page) -> None:
    await send(page, "a paper boat")
    await expect(page.get_by_role("button", name="Again")).to_be_visible()
    await switch_to(page, "Nederlands")
    await expect(page.get_by_role("button", name="Nog een keer")).to_be_visible()
    await expect(page.get_by_role("button", name="Again")).to_have_count(0)


async def test_the_country_of_the_reader_counts_within_a_language(page: Page) -> None:
    await send(page, "/help")
    title = page.locator(".who time").last
    await expect(title).to_have_attribute("title", re.compile(r"^\d+ \w+ \d{4}, \d\d:\d\d$"))


async def test_the_switch_fits_a_narrow_window(page: Page) -> None:
    for width in (360, 760):
        await page.set_viewport_size({"width": width, "height": 700})
        for language in ("English", "Deutsch", "日本語"):
            await switch_to(page, language)
            await page.locator("#languages summary").click()
            assert await fits(page), (width, language)
            await expect(page.get_by_role("button", name="Nederlands")).to_be_in_viewport(ratio=1)
            await page.locator("#languages summary").click()


def test_one_language_needs_no_switch() -> None:
    alone = described("en")
    assert switch("Language", alone, [alone]) == ""


async def test_japanese_is_set_as_its_readers_are_used_to(page: Page) -> None:
    await switch_to(page, "日本語")
    await expect(page.locator("html")).to_have_attribute("lang", "ja")
    for name, value in (("line-break", "strict"), ("word-break", "auto-phrase"), ("font-family", JAPANESE_FONT)):
        await expect(page.locator("#welcome-title")).to_have_css(name, value)
    await expect(page.locator("#prompt")).to_have_css("font-family", JAPANESE_FONT)
    await switch_to(page, "English")
    await expect(page.locator("#prompt")).not_to_have_css("font-family", JAPANESE_FONT)


async def test_the_switch_needs_no_script(chromium: Browser, running: Running) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(printed(running))
    await page.locator("#languages summary").click()
    await page.get_by_role("button", name="Nederlands").click()
    await expect(page.locator("html")).to_have_attribute("lang", "nl")
    await context.close()


async def test_another_tab_follows_with_what_is_typed_in_it(page: Page, context: BrowserContext) -> None:
    """The bot's answers are in the language that was chosen last, so that its page would speak two at once."""
    await page.locator("#prompt").fill("a paper boat")
    other = await context.new_page()
    await other.goto("/")
    await switch_to(other, "Nederlands")
    await expect(page.get_by_role("heading", name="Wat wil je zien?")).to_be_visible()
    await expect(page.locator("#prompt")).to_have_value("a paper boat")


async def test_a_tab_in_which_a_prompt_is_edited_follows_afterwards(page: Page, context: BrowserContext) -> None:
    await send(page, "a paper boat")
    await page.get_by_role("button", name="Edit prompt").click()
    editor = page.get_by_role("textbox", name="Prompt")
    await editor.fill("a red kite")
    other = await context.new_page()
    await other.goto("/")
    await switch_to(other, "Nederlands")
    await expect(editor).to_have_value("a red kite")
    await editor.press("Escape")
    await expect(page.locator("html")).to_have_attribute("lang", "nl")
