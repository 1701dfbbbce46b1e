"""Who gets what: events, cookies, other machines and other sites."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.cli.assembly import Running
from tests.adapters.web.speak import Json, ask, browser, get, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Json]]:
    name = ""
    async for line in response.content:
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        if line.startswith(b"data: "):
            yield name, json.loads(line[6:])


async def test_changes_of_ones_own_jobs_are_told(ada: aiohttp.ClientSession, grace: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(20), ada.get("/api/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        notified = events(stream)
        assert (await anext(notified))[0] == "ready"
        _, others = await ask(grace, "a red kite")
        await until(grace, others["job"], "delivered")
        _, accepted = await ask(ada, "a paper boat")
        job: Json = {}
        while not job.get("reply", {}).get("images"):
            assert await anext(notified) == ("job", {"job": accepted["job"]})
            _, job = await get(ada, f"/api/jobs/{accepted['job']}")


async def test_a_fifth_stream_of_a_person_ends_the_first(ada: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(ada.get("/api/events")) for _ in range(5)]
        assert (await streams[0].text()).endswith("event: replaced\ndata: {}\n\n")
        _, asked = await ask(ada, "a paper boat")
        for stream in streams[1:]:
            notified = events(stream)
            assert await anext(notified) == ("ready", {})
            assert await anext(notified) == ("job", {"job": asked["job"]})


async def test_an_open_stream_is_ended_and_not_cut_at_shutdown(start_bot: StartBot) -> None:
    async with asyncio.timeout(15):
        async with start_bot(playground=True) as running:
            session = browser(running.url)
            stream = await session.get("/api/events")
            await stream.content.readline()
        async with session:
            # The server cuts a handler that does not end by itself, and reading what it cut would raise.
            assert b"event: ready" in await stream.read()


async def test_the_cookie_is_kept_from_scripts_and_other_sites(running: Running) -> None:
    async with browser(running.url) as session, session.get("/") as page:
        cookie = page.cookies["imagine_playground"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert int(cookie["max-age"]) > 300 * 24 * 3600
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("cookie", ["", "short", "x" * 5000, "a b", "é" * 40])
async def test_a_forged_cookie_makes_a_new_person(running: Running, cookie: str) -> None:
    header = {"Cookie": f"imagine_playground={cookie}"}
    async with aiohttp.ClientSession(running.url) as session, session.get("/api/jobs", headers=header) as response:
        assert response.status == 200
        assert response.cookies["imagine_playground"].value not in {"", cookie}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "203.0.113.9"},
    ],
)
async def test_others_can_ask_for_nothing(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI, headers: dict[str, str]
) -> None:
    async with ada.post("/api/commands", json={"text": "a boat"}, headers=headers) as response:
        assert response.status == 403
        assert (await response.json())["error"].endswith(".")
    async with ada.get("/api/jobs", headers=headers) as response:
        assert response.status == 403
    assert gateway.requests == []


async def test_a_name_that_leads_here_from_outside_is_refused_the_page_too(running: Running) -> None:
    headers = {"Host": "evil.example"}
    async with aiohttp.ClientSession(running.url) as session, session.get("/", headers=headers) as response:
        assert response.status == 403


async def test_without_the_playground_there_is_none(start_bot: StartBot) -> None:
    async with (
        start_bot(discord_token=None, wait=False) as running,
        aiohttp.ClientSession(running.url) as session,
        session.get("/") as response,
    ):
        assert response.status == 404


async def test_the_page_is_refused_to_other_machines(start_bot: StartBot) -> None:
    own = _own_address()
    if own is None:
        pytest.skip("this machine has the loopback address alone")
    async with start_bot(playground=True, http_host="0.0.0.0") as running:
        port = running.url.rsplit(":", 1)[1]
        headers = {"Host": "localhost"}
        async with aiohttp.ClientSession() as session, session.get(f"http://{own}:{port}/", headers=headers) as page:
            assert page.status == 403


def _own_address() -> str | None:
    # Connecting a datagram socket sends nothing; it asks which of this machine's addresses would be used.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") or address == "0.0.0.0" else address
