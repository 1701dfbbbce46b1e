"""Typing with an input method: its keys are its own until a text is confirmed, in any order of a browser's events."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.adapters.web.drive import picture
from tests.fakes.cometapi import FakeCometAPI

BOAT = "夕暮れの紙の船"
SAFARI = """
([key, text]) => {
  // Safari has ended the composition, and filled in the text, before it tells of the key that did so:
  // https://bugs.webkit.org/show_bug.cgi?id=165004
  const field = document.activeElement;
  const init = { bubbles: true, cancelable: true };
  field.dispatchEvent(new CompositionEvent("compositionstart", init));
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { ...init, isComposing: true }));
  field.dispatchEvent(new CompositionEvent("compositionend", { ...init, data: text }));
  field.dispatchEvent(new KeyboardEvent("keydown", { ...init, key, keyCode: 229, which: 229, isComposing: false }));
}
"""

Compose = Callable[[Page, str, str], Awaitable[None]]


async def in_chromium(page: Page, key: str, text: str) -> None:
    """Convert a text with the browser's own input method, and press a key of its: Enter confirms, Escape takes back."""
    browser = await page.context.new_cdp_session(page)
    await browser.send("Input.imeSetComposition", {"text": text, "selectionStart": 0, "selectionEnd": len(text)})
    pressed = {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": 229}
    await browser.send("Input.dispatchKeyEvent", pressed)
    await browser.send("Input.insertText", {"text": text})
    await browser.detach()


async def in_safari(page: Page, key: str, text: str) -> None:
    await page.evaluate(SAFARI, [key, text])


BROWSERS = pytest.mark.parametrize("compose", [in_chromium, in_safari])


@BROWSERS
async def test_no_key_of_an_input_method_sends_chooses_or_closes(
    page: Page, gateway: FakeCometAPI, compose: Compose
) -> None:
    prompt = page.locator("#prompt")
    await compose(page, "Enter", BOAT)
    await expect(prompt).to_have_value(BOAT)
    await page.keyboard.press("Enter")
    await expect(picture(page, BOAT)).to_be_visible()
    await expect(page.locator(".mine")).to_have_text(BOAT)

    for key in ("Enter", "Tab", "ArrowDown", "Escape"):  # while the menu of commands is open
        await prompt.fill("")
        await compose(page, key, "／ｑ")
        await expect(prompt).to_have_value("／ｑ")
        await expect(page.get_by_role("option", name="/quota")).to_be_visible()

    await prompt.fill("")
    await compose(page, "ArrowUp", "")  # which would bring back what was sent before
    await expect(prompt).to_have_value("")

    await page.get_by_role("button", name="Edit prompt").click()
    field = page.get_by_role("textbox", name="Prompt", exact=True)
    for key in ("Enter", "Escape"):
        await field.fill("")
        await compose(page, key, BOAT)
        await expect(field).to_have_value(BOAT)
    assert len(gateway.requests) == 1
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine")).to_have_count(2)
