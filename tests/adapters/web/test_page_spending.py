"""What is pressed on the page draws only what was meant: no key and no click that was meant for something else does."""

from playwright.async_api import Page, expect

from tests.adapters.web.drive import control, picture, send
from tests.fakes.cometapi import FakeCometAPI

_HAS_FOCUS = "card => document.activeElement === card"


async def test_a_key_that_was_meant_for_stop_draws_nothing(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await send(page, "a paper boat")
    stop = page.get_by_role("button", name="Stop")
    await stop.focus()
    gateway.release()
    await expect(picture(page, "a paper boat")).to_be_visible()
    assert await page.locator(".card").evaluate(_HAS_FOCUS)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Space")
    gateway.hold()
    await send(page, "a red kite")
    await stop.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Stopped.")).to_be_visible()
    assert await page.locator(".card").last.evaluate(_HAS_FOCUS)
    await page.keyboard.press("Enter")
    await page.reload()
    await expect(page.locator(".turn")).to_have_count(2)
    assert len(gateway.requests) == 2


async def test_a_click_that_was_meant_for_stop_draws_nothing(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await send(page, "a paper boat")
    stop = page.get_by_role("button", name="Stop")
    await stop.wait_for()
    # The second click of two comes as soon as there is something else under the mouse.
    await page.evaluate(
        """new MutationObserver((_, observer) => {
             const again = document.querySelector('[data-action="again"]');
             if (!again) return;
             observer.disconnect();
             again.click();
           }).observe(document.querySelector("#log"), { childList: true, subtree: true })"""
    )
    await stop.click()
    await expect(page.get_by_role("button", name="Again")).to_be_enabled()
    await expect(page.locator(".turn")).to_have_count(1)
    assert len(gateway.requests) == 1


async def test_an_example_fills_the_composer_and_goes_with_the_chosen_options(
    page: Page, gateway: FakeCometAPI
) -> None:
    await control(page, "Model").select_option("gpt-image-1.5")
    await control(page, "Size").select_option("landscape")
    await control(page, "Images").select_option("2")
    await page.get_by_role("button", name="A fox reading a map").click()
    await expect(page.locator("#prompt")).to_be_focused()
    await expect(page.locator("#prompt")).to_have_value("A fox reading a map under a street lamp in the rain")
    assert gateway.requests == []
    await page.keyboard.press("Enter")
    await expect(picture(page, "A fox reading a map")).to_have_count(2)
    await expect(page.get_by_role("heading", name="What do you want to see?")).to_be_hidden()
    sent = gateway.requests[0].body
    assert (sent["model"], sent["size"], len(gateway.requests)) == ("gpt-image-1.5", "1536x1024", 2)
