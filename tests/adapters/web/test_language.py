"""Which language a visitor gets: what the browser accepts, and what they chose."""

import asyncio
import json
import os
import threading
from pathlib import Path

import aiohttp
import pytest

from adapters.web.language import wanted
from bot.cli.assembly import Running
from tests.adapters.web.conftest import DUTCH
from tests.adapters.web.speak import ask, get, post, printed, until
from tests.fakes.web_browser import browser

NOTHING, NIETS = "There is nothing at this address.", "Er is niets op dit adres."


@pytest.fixture
def language_folder(dutch: Path) -> Path:
    return dutch.parent


async def said(session: aiohttp.ClientSession, accepted: str) -> str:
    async with session.get("/api/nothing", headers={"Accept-Language": accepted}) as response:
        return str((await response.json())["error"])


async def page(session: aiohttp.ClientSession) -> str:
    async with session.get("/") as response:
        return await response.text()


async def choose(session: aiohttp.ClientSession, tag: str, **headers: str) -> aiohttp.ClientResponse:
    return await session.post("/language", data={"language": tag}, headers=headers, allow_redirects=False)


def make_slow(file: Path) -> None:
    """Turn a file into one whose reader waits until something is written."""
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize(
    ("chosen", "accepted", "tags"),
    [
        ("", "nl-BE, nl;q=0.9, en;q=0.8", ("nl-BE", "nl", "en")),
        ("", "en;q=0.5,nl", ("nl", "en")),
        ("", "de;q=0.7, en;Q=0.7 , nl; q=0.71", ("nl", "de", "en")),
        ("", "nl;q=0, en;q=0.1, *", ("en",)),
        ("", "nl;q=2, e, en;q=x, pt-BR;level=1, fr;q=1.000", ("fr",)),
        ("", "", ()),
        ("fr", "en", ("fr", "en")),
        ("<script>", "en", ("en",)),
    ],
)
def test_the_header_is_read_in_order_of_its_weights(chosen: str, accepted: str, tags: tuple[str, ...]) -> None:
    assert wanted(chosen=chosen, accepted=accepted) == tags


@pytest.mark.parametrize(
    ("accepted", "sentence"),
    [
        ("nl-BE", NIETS),
        ("de, nl;q=0.5", NIETS),
        ("nl;q=0.5, en", NOTHING),
        ("en-GB, nl", NOTHING),
        ("de", NOTHING),
        ("", NOTHING),
        ("../nl", NOTHING),
    ],
)
async def test_the_best_language_that_there_is_counts(
    grace: aiohttp.ClientSession, accepted: str, sentence: str
) -> None:
    assert await said(grace, accepted) == sentence


async def test_what_was_chosen_on_the_page_counts_more(grace: aiohttp.ClientSession) -> None:
    assert '<html lang="en" dir="ltr">' in await page(grace)
    chosen = await choose(grace, "nl")
    assert (chosen.status, chosen.headers["Location"]) == (303, "/")
    assert '<html lang="nl" dir="ltr">' in await page(grace)
    assert await said(grace, "en") == NIETS
    assert (await get(grace, "/api/quota"))[1]["label"] == "Nog 5 van 5"
    await choose(grace, "en")
    assert await said(grace, "nl") == NOTHING


async def test_a_language_that_there_is_not_can_not_be_chosen(grace: aiohttp.ClientSession) -> None:
    for tag in ("fr", "", "nl\r\nSet-Cookie: a=b"):
        refused = await choose(grace, tag)
        assert (refused.status, "imagine_language" in refused.cookies) == (400, False)


async def test_no_other_site_can_choose(grace: aiohttp.ClientSession) -> None:
    refused = await choose(grace, "nl", Origin="https://evil.example")
    assert (refused.status, "imagine_language" in refused.cookies) == (403, False)


async def test_a_language_is_read_beside_the_event_loop(running: Running, dutch: Path) -> None:
    make_slow(dutch)
    answered = threading.Event()

    def write_later() -> bool:
        came_first = answered.wait(30)
        dutch.write_text(DUTCH, "utf-8")
        return came_first

    async with browser(printed(running)) as ada, browser(printed(running)) as grace:
        writing = asyncio.create_task(asyncio.to_thread(write_later))
        waiting = asyncio.create_task(said(ada, "nl"))
        await asyncio.sleep(0.1)
        assert (await ask(grace, "/quota"))[0] == 200
        answered.set()
        assert await waiting == NIETS
        assert await writing


async def test_everything_about_a_job_follows_its_only_reader(grace: aiohttp.ClientSession) -> None:
    _, accepted = await ask(grace, "a paper boat")
    await until(grace, accepted["job"], "delivered")
    await choose(grace, "nl")
    path = f"/api/jobs/{accepted['job']}"
    shown = await post(grace, f"{path}/show")
    for _, answer in (await get(grace, path), await get(grace, "/api/jobs"), shown, await ask(grace, "/history")):
        assert "Nog een keer" in json.dumps(answer)
        assert "Again" not in json.dumps(answer)
