"""Delete on the page: it can be undone for ten seconds, then nothing of the job is found any more."""

from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.adapters.web.drive import picture, send
from tests.adapters.web.speak import ask, get, post, printed, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser
from tests.support.pictures import stored

UNKNOWN = {"I no longer know this image, so I can't do that.", "You have no image with that number."}


async def drawn(ada: aiohttp.ClientSession) -> str:
    _, boat = await ask(ada, "a paper boat")
    await until(ada, boat["job"], "delivered")
    return str(boat["job"])


async def gone(ada: aiohttp.ClientSession, job: str) -> None:
    """Look for a job in every way."""
    for status, said in (
        await get(ada, f"/api/jobs/{job}"),
        await get(ada, f"/api/jobs/{job}/images/0"),
        *[await post(ada, f"/api/jobs/{job}/{action}") for action in ("show", "again", "edit", "delete", "restore")],
    ):
        assert status == HTTPStatus.NOT_FOUND
        assert said["error"] in UNKNOWN
    assert (await get(ada, "/api/jobs"))[1]["jobs"] == []
    assert (await get(ada, "/api/quota"))[1]["used"] == 1


async def test_what_is_deleted_is_found_nowhere_and_counts(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    job = await drawn(ada)
    assert len(stored(tmp_path)) == 1
    assert (await post(ada, f"/api/jobs/{job}/delete"))[0] == 200
    await gone(ada, job)


async def test_a_deletion_can_be_undone(ada: aiohttp.ClientSession, gateway: FakeCometAPI, tmp_path: Path) -> None:
    job = await drawn(ada)
    for _ in range(2):
        assert (await post(ada, f"/api/jobs/{job}/delete", {"undo": True}))[0] == 200
        assert (await get(ada, f"/api/jobs/{job}"))[1]["deleting"]
    assert (await post(ada, f"/api/jobs/{job}/restore"))[0] == 200
    assert not (await get(ada, f"/api/jobs/{job}"))[1]["deleting"]
    assert (await post(ada, f"/api/jobs/{job}/restore"))[0] == 409
    assert len(stored(tmp_path)) == 1


async def test_a_bot_that_stops_meanwhile_deletes_it_first_and_its_next_start_what_is_left(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with start_bot(playground=True) as running, browser(printed(running)) as ada:
        job = await drawn(ada)
        await post(ada, f"/api/jobs/{job}/delete", {"undo": True})
        cookies = {cookie.key: cookie.value for cookie in ada.cookie_jar}
    async with start_bot(playground=True) as running, browser(printed(running), cookies) as ada:
        await gone(ada, job)
    assert stored(tmp_path) == []


async def test_nobody_deletes_what_is_somebody_elses(ada: aiohttp.ClientSession, grace: aiohttp.ClientSession) -> None:
    job = await drawn(ada)
    for action in ("delete", "restore"):
        assert (await post(grace, f"/api/jobs/{job}/{action}"))[0] == 404
    assert (await get(ada, f"/api/jobs/{job}"))[0] == 200


@pytest.mark.long
async def test_on_every_open_page_it_can_be_undone_and_then_it_leaves(page: Page, gateway: FakeCometAPI) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await send(page, "a paper boat")
    for tab in (page, other):
        await expect(picture(tab, "a paper boat")).to_be_visible()
    await page.get_by_role("button", name="Delete").click()
    undo = other.get_by_role("button", name="Undo")
    await expect(other.get_by_text("It will be deleted in 10 seconds")).to_be_visible()
    await undo.click()
    for tab in (page, other):
        await expect(picture(tab, "a paper boat")).to_be_visible()
    await other.get_by_role("button", name="Delete").click()
    await page.get_by_text("It will be deleted in 10 seconds").wait_for()
    for tab in (page, other):
        await expect(tab.locator(".turn")).to_have_count(0)
        await expect(tab.get_by_role("heading", name="What do you want to see?")).to_be_visible()
    await expect(page.locator("#quota")).to_contain_text("4 of 5 left")
