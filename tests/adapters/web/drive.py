"""Driving the page as a person does: typing a prompt, choosing options, finding pictures."""

from playwright.async_api import Locator, Page


async def send(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Ask for an image").fill(text)
    await page.keyboard.press("Enter")


def picture(page: Page, prompt: str) -> Locator:
    return page.get_by_role("log").get_by_alt_text(prompt)


def control(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Options").get_by_role("combobox", name=name)


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
