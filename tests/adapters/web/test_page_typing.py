"""The page reads what is typed as the bot does: as people see it."""

from collections.abc import Mapping

from playwright.async_api import Page, expect

from bot.core.commands import FLAGS
from bot.core.commands.flags import parse_flags
from bot.core.refusals import UsageError
from tests.adapters.web.drive import control, picture, send
from tests.fakes.cometapi import FakeCometAPI

TYPED = (
    "a boat --size landscape",
    "a boat —size landscape",
    "a boat ―ar 16:9",
    "a boat －－ｓｉｚｅ　ｌａｎｄｓｃａｐｅ",
    "a boat －size=１０２４ｘ１０２４",
    "a boat −ar 16:9 ‐n 2",
    "a boat -–n 2 ——style vivid",
    "a boat\u200b--size landscape",
    "a boat \u200b--size \u2060landscape\ufeff",
    "a boat \ufeff--si\u00adze landscape",
    "a boat --output-format png",
    "a boat --output‑format png",
    "--SIZE landscape a boat",
    "a boat ---size landscape",
    "a boat size landscape",
    "a boat -- --size landscape",
    "a boat －－ --size landscape",
    "a boat —— --size landscape",
    "a boat -n",
    "a boat --n=2 -seize landscape -x 3",
    "a well-sized boat - size landscape",
    "a boat\u3000--size\u3000square",
    "a boat --ar\n16:9",
)


def read_by_the_bot(text: str) -> Mapping[str, str] | None:
    try:
        options = {name: value for name, value in parse_flags(text, FLAGS).items() if name != "prompt"}
    except UsageError:
        return None
    return {**options, "size": options["ar"]} if "ar" in options else options


async def test_the_page_finds_the_flags_that_the_bot_finds(page: Page) -> None:
    found = await page.evaluate(
        """async ([texts, known]) => {
             const { flagsIn } = await import("/static/js/typed.js");
             return texts.map((text) => Object.fromEntries(flagsIn(text, new Set(known))));
           }""",
        [TYPED, FLAGS],
    )
    expected = [read_by_the_bot(text) for text in TYPED]
    assert [
        each for each in zip(TYPED, found, expected, strict=True) if each[2] is not None and each[1] != each[2]
    ] == []
    assert sum(bool(each) for each in expected) > 12


async def test_a_flag_of_any_width_counts_more_than_a_control(page: Page, gateway: FakeCometAPI) -> None:
    await control(page, "Size").select_option("portrait")
    await send(page, "／ＩＭＡＧＩＮＥ　a paper boat －－size　landscape")
    await expect(picture(page, "a paper boat")).to_be_visible()
    await expect(page.locator(".mine")).to_have_text("a paper boat")
    sent = gateway.requests[0].body
    assert (sent["prompt"], sent["size"]) == ("a paper boat", "1792x1024")


async def test_a_slash_of_any_width_opens_the_menu_and_what_nobody_can_see_is_not_sent(
    page: Page, gateway: FakeCometAPI
) -> None:
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    for typed, offered in (("／", 5), ("\ufeff/", 5), ("／ｑ", 1), ("/ＱＵ", 1)):
        await page.locator("#prompt").fill(typed)
        await expect(options).to_have_count(offered)
    await page.keyboard.press("Tab")
    await expect(page.locator("#prompt")).to_have_value("/quota")
    await page.locator("#prompt").fill("\u200b\u2060 \u3000\u2800")
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn")).to_have_count(0)
    assert gateway.requests == []
