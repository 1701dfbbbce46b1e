"""The page in a real browser, with the whole bot behind it."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.adapters.web.drive import control, fits, picture, send
from tests.fakes.cometapi import FakeCometAPI, Says, fails
from tests.support.pictures import soft, turned


async def test_a_typed_command_becomes_an_image_with_an_alt_text(page: Page) -> None:
    await send(page, "/imagine a paper boat --size landscape")
    image = picture(page, "a paper boat")
    await expect(image).to_be_visible()
    await expect(image).to_have_class("loaded")
    assert await image.evaluate("image => image.naturalWidth > 0")
    await expect(page.get_by_text("The model read it as")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("4 of 5 left")


async def test_a_place_of_the_right_shape_waits_for_the_image(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await send(page, "a paper boat --size landscape")
    tile = page.get_by_role("img", name="Image 1 of 1, being drawn")
    await expect(tile.locator(".elapsed")).to_have_text(
        re.compile("^0:(?!00)")
    )  # it is looked at once a second, or less often
    box = await tile.bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 1792 / 1024) < 0.02
    gateway.release()
    await expect(picture(page, "a paper boat")).to_be_visible()


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
async def test_a_picture_that_is_to_be_turned_has_a_place_of_the_shape_in_which_it_is_seen(
    page: Page, gateway: FakeCometAPI, media_type: str
) -> None:
    drawn = base64.b64encode(turned(soft((480, 320)), media_type, 6)).decode()
    gateway.will(Says(body={"data": [{"b64_json": drawn}]}))
    await send(page, "a tower --model gpt-image-1")
    image = picture(page, "a tower")
    await expect(image).to_have_class("loaded")
    place, seen = await image.evaluate(
        "({clientWidth: w, clientHeight: h, naturalWidth: x, naturalHeight: y}) => [w / h, x / y]"
    )
    assert abs(place - seen) < 0.02


async def test_the_controls_follow_the_model_and_go_with_the_prompt(page: Page, gateway: FakeCometAPI) -> None:
    await control(page, "Style").select_option("vivid")
    await expect(control(page, "Background")).to_have_count(0)
    assert "dall-e-3 – vivid or natural style" in await control(page, "Model").inner_text()
    await control(page, "Model").select_option("gpt-image-1.5")
    await expect(control(page, "Style")).to_have_count(0)
    await control(page, "Background").select_option("transparent")
    await page.locator("#prompt").fill("a paper boat")
    await expect(page.locator("#mirror")).to_have_text(
        "/imagine a paper boat --model gpt-image-1.5 --background transparent"
    )
    await page.keyboard.press("Enter")
    await expect(picture(page, "a paper boat")).to_be_visible()
    body = gateway.requests[0].body
    assert (body["model"], body["background"], "style" in body) == ("gpt-image-1.5", "transparent", False)


async def test_a_typed_flag_counts_more_than_a_control(page: Page, gateway: FakeCometAPI) -> None:
    await control(page, "Size").select_option("portrait")
    await send(page, "a paper boat --ar 16:9")
    await expect(picture(page, "a paper boat")).to_be_visible()
    assert gateway.requests[0].body["size"] == "1792x1024"


async def test_an_edited_prompt_is_drawn_and_the_old_one_stays(page: Page, gateway: FakeCometAPI) -> None:
    await send(page, "a paper boat --size landscape")
    await expect(picture(page, "a paper boat")).to_be_visible()
    await page.get_by_role("button", name="Edit prompt").click()
    editor = page.get_by_role("textbox", name="Prompt")
    await expect(editor).to_be_focused()
    await expect(editor).to_have_value("a paper boat")
    await editor.fill("a red kite")
    await editor.press("Enter")
    await expect(picture(page, "a red kite")).to_be_visible()
    await expect(picture(page, "a paper boat")).to_be_visible()
    assert gateway.requests[1].body["size"] == "1792x1024"


async def test_escape_closes_the_editor_and_gives_the_focus_back(page: Page) -> None:
    await send(page, "a paper boat")
    button = page.get_by_role("button", name="Edit prompt")
    await button.click()
    editor = page.get_by_role("textbox", name="Prompt")
    await expect(editor).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(editor).to_have_count(0)
    await expect(button).to_be_focused()


async def test_cancel_is_offered_while_a_job_waits(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    for number in range(3):
        await send(page, f"boat {number}")
        await expect(page.get_by_role("button", name="Stop")).to_have_count(number + 1)
    await page.get_by_role("button", name="Stop").last.click()
    await expect(page.get_by_text("Stopped. The request had already been sent")).to_be_visible()
    gateway.release()


async def test_a_used_up_quota_is_said_and_nothing_is_sent(page: Page, gateway: FakeCometAPI) -> None:
    await send(page, "five boats --n 5")
    await expect(picture(page, "five boats")).to_have_count(5)
    await send(page, "one too many")
    await expect(page.get_by_text("Your images are used up (5 of 5)")).to_be_visible()
    await expect(page.locator("#quota")).to_have_class("pill quota empty")
    assert all(request.body["prompt"] == "five boats" for request in gateway.requests)


async def test_a_wrong_option_is_said_and_can_be_put_right(page: Page, gateway: FakeCometAPI) -> None:
    await send(page, "a boat --model gpt-image-1.5 --style vivid")
    await expect(page.get_by_text("takes no")).to_be_visible()
    await expect(page.locator("#prompt")).to_have_value("a boat --model gpt-image-1.5 --style vivid")
    assert gateway.requests == []


async def test_history_shows_thumbnails_and_opens_them(page: Page) -> None:
    await send(page, "a paper boat")
    await expect(picture(page, "a paper boat")).to_be_visible()
    await page.get_by_role("button", name="History").click()
    thumbnail = page.get_by_role("listitem").get_by_role("button", name="Enlarge")
    await expect(thumbnail.locator("img")).to_have_class("loaded")
    await page.get_by_role("listitem").get_by_role("button", name="Show here").click()
    await expect(picture(page, "a paper boat")).to_have_count(3)
    field = page.get_by_role("searchbox", name="Search your images")
    for words, items in (("zebra", 0), ("PAPER", 1)):
        await field.fill(words)
        await field.press("Enter")
        await expect(page.get_by_text("these words")).to_be_visible()
        await expect(field).to_have_value(words)
        await expect(page.get_by_role("listitem")).to_have_count(items)


async def test_each_job_has_an_address_that_shows_nothing_of_others(page: Page) -> None:
    for prompt in ("a paper boat", "a red fox"):
        await send(page, prompt)
        await expect(picture(page, prompt)).to_be_visible()
    boat = page.get_by_role("link", name="#").first
    number = await boat.inner_text()
    await boat.click()
    await expect(page).to_have_url(re.compile(f"#job={number[1:]}$"))
    await expect(page.locator(".card", has_text=number)).to_be_focused()
    await page.reload()
    await expect(page.locator(".card", has_text=number)).to_be_focused()
    await page.evaluate("location.hash = '#job=0000000F'")
    await expect(page.get_by_text("You have no image with that number.")).to_be_visible()


async def test_everything_can_be_done_with_the_keyboard_alone(page: Page) -> None:
    await expect(page.locator("#prompt")).to_be_focused()
    await page.keyboard.type("/im")
    await expect(page.get_by_role("option", name="/imagine")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.type("a paper boat")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("at dusk")
    await expect(page.locator("#prompt")).to_have_value("/imagine a paper boat\nat dusk")
    await page.keyboard.press("Enter")
    await expect(picture(page, "a paper boat at dusk")).to_be_visible()
    await page.get_by_role("button", name="Enlarge").focus()
    await page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Image viewer")
    await expect(viewer.get_by_alt_text("a paper boat at dusk")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(page.get_by_role("button", name="Enlarge")).to_be_focused()
    await page.locator("#prompt").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#prompt")).to_have_value("/imagine a paper boat\nat dusk")


async def test_escape_closes_the_menu_of_commands(page: Page) -> None:
    await page.keyboard.type("/")
    await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_count(5)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_count(0)
    await expect(page.locator("#prompt")).to_have_value("/")


async def test_a_chosen_command_is_answered_at_once(page: Page) -> None:
    await page.keyboard.type("/qu")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("5 of 5 images left today")).to_be_visible()


async def test_the_conversation_survives_a_reload(page: Page) -> None:
    await send(page, "a paper boat")
    await expect(picture(page, "a paper boat")).to_be_visible()
    await send(page, "a red kite")
    await expect(picture(page, "a red kite")).to_be_visible()
    await page.reload()
    await expect(page.locator(".mine")).to_have_text(["a paper boat", "a red kite"])
    await expect(picture(page, "a red kite")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("3 of 5 left")


async def test_what_is_drawn_during_a_reload_is_there_afterwards(page: Page, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await send(page, "a paper boat")
    await gateway.arrived()
    await page.reload()
    await expect(page.get_by_role("img", name="being drawn")).to_be_visible()
    gateway.release()
    await expect(picture(page, "a paper boat")).to_be_visible()


async def test_another_tab_of_the_same_person_follows(page: Page, context: BrowserContext) -> None:
    other = await context.new_page()
    await other.goto("/")
    await other.locator("#quota").wait_for()
    await send(page, "a paper boat")
    await expect(picture(other, "a paper boat")).to_be_visible()


async def test_markup_in_a_prompt_stays_text(page: Page, gateway: FakeCometAPI) -> None:
    attempt = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>bold</b>'
    await send(page, attempt)
    await expect(page.locator(".mine")).to_have_text(attempt)
    await expect(picture(page, attempt)).to_be_visible()
    await send(page, "/history")
    await expect(page.get_by_role("listitem")).to_contain_text(attempt)
    await page.reload()
    await expect(picture(page, attempt)).to_be_visible()
    assert await page.title() == "imagine-bot playground"
    assert await page.locator(".turn b, .turn script").count() == 0


async def test_download_gives_the_image_as_a_file(page: Page) -> None:
    await send(page, "a paper boat")
    link = page.get_by_role("link", name="Download")
    async with page.expect_download() as starting:
        await link.click()
    download = await starting.value
    assert download.suggested_filename.endswith(".png")
    with Image.open(io.BytesIO((await download.path()).read_bytes())) as image:
        assert image.format == "PNG"


async def test_a_narrow_window_needs_no_sideways_scrolling(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    assert await fits(page)
    await send(page, f"boats {'x' * 120} --n 3")
    await expect(picture(page, "boats")).to_have_count(3)
    await page.get_by_role("button", name="Options").click()
    assert await fits(page)
    await send(page, "/history")
    await expect(page.get_by_role("listitem")).to_be_visible()
    assert await fits(page)


async def test_a_failure_is_said_with_what_it_cost(page: Page, gateway: FakeCometAPI) -> None:
    gateway.will(fails(400, code="moderation_blocked", message="rejected by the safety system"))
    await send(page, "something bad")
    await expect(page.get_by_text("refused this prompt because of its content policy")).to_be_visible()
    await expect(page.get_by_role("button", name="Again")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("5 of 5 left")


async def test_a_command_sent_again_after_a_lost_answer_makes_one_job(page: Page, gateway: FakeCometAPI) -> None:
    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/api/commands", lose_the_answer, times=1)
    await send(page, "a paper boat")
    await expect(page.get_by_text("Not sent: the playground can't be reached")).to_be_visible()
    await expect(page.locator("#prompt")).to_have_value("a paper boat")
    await page.keyboard.press("Enter")
    await expect(picture(page, "a paper boat")).to_be_visible()
    assert len(gateway.requests) == 1


async def test_a_page_whose_stream_newer_ones_replace_goes_on_and_complains_of_nothing(
    page: Page, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await send(page, "a paper boat")
    await gateway.arrived()
    await page.evaluate(
        "new MutationObserver(() => offline.hidden || document.body.classList.add('complained'))"
        ".observe(document.getElementById('offline'), {attributes: true})"
    )
    await page.evaluate(
        "Promise.all(['a', 'b', 'c', 'd'].map((name) => new Promise((ready) =>"
        " new EventSource(`/api/events?${name}&token=${localStorage.imagine_playground}`)"
        ".addEventListener('ready', ready))))"
    )
    gateway.release()
    await expect(picture(page, "a paper boat")).to_be_visible()
    assert await page.locator("body.complained").count() == 0
