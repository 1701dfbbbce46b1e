"""A key or a click on the page draws only if it was meant to: one that was meant for another button doesn't."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

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


async def delivering_at_first(page: Page, then: asyncio.Event | None = None, **first: object) -> None:
    """Let the first look at a delivered job see it on its way; later ones wait until `then` is set."""
    looks = 0

    async def look(route: Route) -> None:
        nonlocal looks
        answer = await route.fetch()
        job = await answer.json()
        if job["status"] == "delivered":
            looks += 1
            if looks == 1:
                job |= {"status": "delivering", **first}
            elif then is not None:
                await then.wait()
        await route.fulfill(response=answer, json=job)

    await page.route(re.compile(r"/api/jobs/[^/?]+$"), look)


async def filled_twice(page: Page, gateway: FakeCometAPI) -> asyncio.Event:
    """Draw an image whose card is filled at its first look, and again once the returned event is set."""
    again = asyncio.Event()
    gateway.hold()
    await send(page, "a paper boat")
    await gateway.arrived()
    await delivering_at_first(page, again, ended=False)
    gateway.release()
    return again


async def test_a_click_draws_nothing_either_when_the_card_is_filled_again_at_once(
    page: Page, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await send(page, "a paper boat")
    await page.get_by_role("button", name="Stop").wait_for()
    # The page looks again as soon as there is something else, and clicks come all the time.
    await page.evaluate(
        """new MutationObserver(() => {
             const again = document.querySelector('[data-action="again"]');
             if (!again) return;
             window.first ??= performance.now();
             if (performance.now() - window.first > 500) return;
             again.click();
             document.dispatchEvent(new Event("visibilitychange"));
           }).observe(document.querySelector("#log"), { childList: true, subtree: true, attributes: true })"""
    )
    await delivering_at_first(page)
    gateway.release()
    await expect(picture(page, "a paper boat")).to_be_visible()
    await expect(page.get_by_role("button", name="Again")).to_be_enabled()
    await expect(page.locator(".turn")).to_have_count(1)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("enlarged", [False, True])
async def test_a_picture_keeps_the_focus_when_its_card_is_filled_again(
    page: Page, gateway: FakeCometAPI, enlarged: bool
) -> None:
    has_focus = await filled_twice(page, gateway)
    await expect(picture(page, "a paper boat")).to_be_visible()
    enlarge = page.get_by_role("button", name="Enlarge", include_hidden=True)
    await enlarge.focus()
    if enlarged:
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name="Image viewer")).to_be_visible()
    has_focus.set()
    await page.locator(".made-with a").wait_for()
    if enlarged:
        await page.keyboard.press("Escape")
    await expect(enlarge).to_be_focused()


async def test_a_link_keeps_the_focus_when_its_card_is_filled_again(page: Page, gateway: FakeCometAPI) -> None:
    has_focus = await filled_twice(page, gateway)
    download = page.get_by_role("link", name="Download")
    await download.focus()
    has_focus.set()
    await page.locator(".made-with a").wait_for()
    await expect(download).to_be_focused()


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


@pytest.mark.long
async def test_again_can_be_undone_before_anything_is_sent_and_is_drawn_once_if_it_is_not(
    page: Page, gateway: FakeCometAPI
) -> None:
    await send(page, "a paper boat")
    await expect(picture(page, "a paper boat")).to_be_visible()
    again, undo = page.get_by_role("button", name="Again"), page.get_by_role("button", name="Undo")
    await expect(again).to_be_enabled()
    await again.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nothing is sent for 5 seconds, so that you can undo it.")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("3 of 5 left")
    assert await page.locator(".card").last.evaluate(_HAS_FOCUS)
    await page.keyboard.press("Tab")
    await expect(undo).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Cancelled while waiting. Nothing was charged.")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("4 of 5 left")
    assert await page.locator(".card").last.evaluate(_HAS_FOCUS)
    await again.first.click()
    await page.locator("#prompt").focus()
    await expect(undo).to_be_visible()
    await expect(page.locator("#prompt")).to_be_focused()
    await expect(picture(page, "a paper boat")).to_have_count(2)
    await expect(page.locator("#quota")).to_contain_text("3 of 5 left")
    assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat"] * 2


async def test_reuse_puts_prompt_and_options_back_and_sends_nothing(page: Page, gateway: FakeCometAPI) -> None:
    await send(page, "a paper boat --model gpt-image-1.5 --size landscape --n 2 --quality high")
    await expect(picture(page, "a paper boat")).to_have_count(2)
    await control(page, "Style").select_option("vivid")
    await page.locator("#prompt").fill("half a thought")
    await page.get_by_role("button", name="Reuse").click()
    await expect(page.locator("#prompt")).to_be_focused()
    await expect(page.locator("#prompt")).to_have_value("a paper boat")
    chosen = {"Model": "gpt-image-1.5", "Size": "landscape", "Images": "2", "Quality": "high"}
    for name, value in chosen.items():
        await expect(control(page, name)).to_have_value(value)
    await control(page, "Images").select_option("1")
    await control(page, "Size").select_option("square")
    await page.locator("#prompt").press("Enter")
    await expect(picture(page, "a paper boat")).to_have_count(3)
    sent = gateway.requests[-1].body
    assert (sent["model"], sent["size"], sent["quality"]) == ("gpt-image-1.5", "1024x1024", "high")
    assert len(gateway.requests) == 3
    for said in ("a paper boat", "half a thought"):
        await page.locator("#prompt").press("ArrowUp")
        await expect(page.locator("#prompt")).to_have_value(said)


async def test_reuse_types_what_no_control_has_and_keeps_what_only_looks_like_a_flag(
    page: Page, gateway: FakeCometAPI
) -> None:
    await control(page, "Quality").select_option("hd")
    await send(page, "--ar 16:9 -- a sign that says --size big")
    await expect(picture(page, "a sign that says --size big")).to_be_visible()
    await control(page, "Quality").select_option("")
    await send(page, "/imagine ／quota of herrings")
    await expect(picture(page, "／quota of herrings")).to_be_visible()
    await page.get_by_role("button", name="Reuse").last.click()
    await expect(page.locator("#prompt")).to_have_value("/imagine ／quota of herrings")
    await send(page, "/history")
    await page.get_by_role("listitem").last.get_by_role("button", name="Reuse").click()
    await expect(page.locator("#prompt")).to_have_value("--ar 16:9 -- a sign that says --size big")
    await expect(control(page, "Quality")).to_have_value("hd")
    await page.keyboard.press("Enter")
    await expect(picture(page, "a sign that says --size big")).to_have_count(3)
    first, _, second = (request.body for request in gateway.requests)
    assert (second["prompt"], second["size"]) == ("a sign that says --size big", "1792x1024")
    assert {**first} == {**second}
