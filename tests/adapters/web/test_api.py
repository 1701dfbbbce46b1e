"""The JSON API, spoken to the whole bot."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.assembly import Running
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI

Json = dict[str, Any]


def browser(url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=20)
    )


@pytest.fixture
async def ada(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(running.url) as session, session.get("/") as page:
        assert page.status == 200
        yield session


@pytest.fixture
async def grace(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(running.url) as session:
        yield session


async def get(session: aiohttp.ClientSession, path: str) -> tuple[int, Json]:
    async with session.get(path) as response:
        return response.status, await response.json()


async def post(session: aiohttp.ClientSession, path: str, body: object = None) -> tuple[int, Json]:
    async with session.post(path, json=body if body is not None else {}) as response:
        return response.status, await response.json()


async def ask(session: aiohttp.ClientSession, text: str, **more: object) -> tuple[int, Json]:
    return await post(session, "/api/commands", {"text": text, **more})


async def until(session: aiohttp.ClientSession, job: str, *statuses: str) -> Json:
    async with asyncio.timeout(20):
        while True:
            _, seen = await get(session, f"/api/jobs/{job}")
            if seen["status"] in statuses:
                return seen
            await asyncio.sleep(0.03)


async def test_a_command_is_accepted_and_its_images_can_be_fetched(ada: aiohttp.ClientSession) -> None:
    status, accepted = await ask(ada, "/imagine a paper boat --size landscape")
    assert status == 202
    assert "in the queue" in accepted["reply"]["text"]
    job = await until(ada, accepted["job"], "delivered")
    (image,) = job["reply"]["images"]
    assert "a paper boat" in image["alt"]
    async with ada.get(image["url"]) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert (await response.read()).startswith(b"\x89PNG")
    async with ada.get(image["download"]) as response:
        assert response.headers["Content-Disposition"].startswith('attachment; filename="imagine-')
    assert {button["action"] for button in job["reply"]["buttons"]} == {"again", "edit"}
    assert job["request"]["prompt"] == "a paper boat"


async def test_text_without_a_slash_is_a_prompt_and_options_go_with_it(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    _, accepted = await ask(ada, "a paper boat", options={"size": "portrait"})
    await until(ada, accepted["job"], "delivered")
    assert gateway.requests[0].body["size"] == "1024x1792"


async def test_questions_are_answered_at_once(ada: aiohttp.ClientSession) -> None:
    for text, words in (("/quota", "5 of 5"), ("/history", "Nothing was drawn"), ("/help", "--size")):
        status, answer = await ask(ada, text)
        assert status == 200
        assert words in answer["reply"]["text"]


async def test_a_repeated_key_is_answered_with_the_same_job(
    ada: aiohttp.ClientSession, grace: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    first = await ask(ada, "a paper boat", key="one")
    again = await ask(ada, "a paper boat", key="one")
    assert again == (202, {"job": first[1]["job"], "repeated": True})
    assert (await ask(grace, "a red kite", key="one"))[1]["job"] != first[1]["job"]
    await until(ada, first[1]["job"], "delivered")
    assert [request.body["prompt"] for request in gateway.requests].count("a paper boat") == 1


async def test_refusals_carry_a_code_and_one_sentence(ada: aiohttp.ClientSession, gateway: FakeCometAPI) -> None:
    gateway.hold()
    assert (await ask(ada, "/imagine"))[0] == 400
    assert (await ask(ada, "a boat --sizes x"))[0] == 400
    status, refusal = await ask(ada, "/paint a boat")
    assert (status, refusal["error"].count("/imagine")) == (400, 1)
    status, refusal = await ask(ada, "boats --n 6")
    assert status == 429
    assert "you have 5 of 5 left" in refusal["error"]
    for number in range(3):
        assert (await ask(ada, f"boat {number}"))[0] == 202
    status, refusal = await ask(ada, "one more")
    assert status == 429
    assert "3 jobs waiting" in refusal["error"]
    gateway.release()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b'{"text": 5}', 400),
        (b'{"text": "a", "options": "x"}', 400),
        (b'{"text": "' + b"a" * 300_000 + b'"}', 413),
    ],
)
async def test_a_bad_body_gets_a_sentence(ada: aiohttp.ClientSession, body: bytes, status: int) -> None:
    async with ada.post("/api/commands", data=body) as response:
        answer = await response.json()
        assert response.status == status
    assert answer["error"].endswith((".", "}."))
    assert "Traceback" not in answer["error"]


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/jobs/nothing", "/api/jobs/x/images/0", "/api/jobs/%00", "/static/x"]
)
async def test_an_unknown_address_gets_a_sentence(ada: aiohttp.ClientSession, path: str) -> None:
    status, answer = await get(ada, path)
    assert status == 404
    assert answer["error"].endswith(".")


async def test_unknown_actions_and_images_are_not_found(ada: aiohttp.ClientSession) -> None:
    _, accepted = await ask(ada, "a paper boat")
    job = accepted["job"]
    await until(ada, job, "delivered")
    assert (await post(ada, f"/api/jobs/{job}/page"))[0] == 404
    assert (await post(ada, f"/api/jobs/{job}/paint"))[0] == 404
    for index in ("1", "-1", "99999999", "x", "²"):
        assert (await get(ada, f"/api/jobs/{job}/images/{index}"))[0] == 404


async def test_a_job_is_nobody_elses(ada: aiohttp.ClientSession, grace: aiohttp.ClientSession) -> None:
    _, accepted = await ask(ada, "a paper boat")
    job = await until(ada, accepted["job"], "delivered")
    assert (await get(grace, f"/api/jobs/{job['job']}"))[0] == 404
    assert (await get(grace, job["reply"]["images"][0]["url"]))[0] == 404
    for action in ("again", "edit", "cancel", "stop", "show"):
        assert (await post(grace, f"/api/jobs/{job['job']}/{action}"))[0] == 404
    assert (await get(grace, "/api/jobs"))[1]["jobs"] == []


async def test_again_edit_show_and_late_cancel(ada: aiohttp.ClientSession, gateway: FakeCometAPI) -> None:
    _, accepted = await ask(ada, "a paper boat --size landscape")
    path = f"/api/jobs/{accepted['job']}"
    await until(ada, accepted["job"], "delivered")
    status, form = await post(ada, f"{path}/edit")
    assert (status, form["form"]["prompt"]) == (200, "a paper boat")
    status, edited = await post(ada, f"{path}/edit", {"prompt": "a red kite"})
    assert status == 202
    assert (await until(ada, edited["job"], "delivered"))["parent"] == accepted["job"]
    status, again = await post(ada, f"{path}/again", {"key": "one"})
    assert status == 202
    assert (await post(ada, f"{path}/again", {"key": "one"}))[1] == {"job": again["job"], "repeated": True}
    await until(ada, again["job"], "delivered")
    status, shown = await post(ada, f"{path}/show")
    assert (status, len(shown["reply"]["images"])) == (200, 1)
    assert (await post(ada, f"{path}/cancel"))[0] == 409
    assert [request.body["size"] for request in gateway.requests] == ["1792x1024"] * 3


async def test_a_waiting_job_can_be_cancelled_and_a_running_one_stopped(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    async with start_bot(playground=True, max_concurrent_jobs=1) as running, browser(running.url) as ada:
        _, first = await ask(ada, "a paper boat")
        await gateway.arrived()
        _, second = await ask(ada, "a red kite")
        assert (await post(ada, f"/api/jobs/{second['job']}/cancel"))[0] == 200
        await until(ada, second["job"], "cancelled")
        assert (await post(ada, f"/api/jobs/{first['job']}/stop"))[0] == 200
        await until(ada, first["job"], "stopped")
        assert (await get(ada, "/api/quota"))[1]["left"] == 19


async def test_jobs_come_page_by_page_newest_first(ada: aiohttp.ClientSession) -> None:
    asked = []
    for number in range(5):
        _, accepted = await ask(ada, f"boat {number}")
        asked.append(accepted["job"])
        await until(ada, accepted["job"], "delivered")
    _, page = await get(ada, "/api/jobs")
    _, older = await get(ada, f"/api/jobs?cursor={page['older']}")
    assert [job["job"] for job in [*page["jobs"], *older["jobs"]]] == asked[::-1]
    assert older["older"] is None
    cursor = (await ask(ada, "/history"))[1]["reply"]["buttons"][0]["argument"]
    assert "boat 0" in json.dumps((await ask(ada, f"/history {cursor}"))[1]["reply"]["entries"])


async def test_options_list_what_each_model_takes(ada: aiohttp.ClientSession) -> None:
    _, offer = await get(ada, "/api/options")
    models = {model["name"]: model["options"] for model in offer["models"]}
    assert offer["default_model"] == "dall-e-3"
    assert models["dall-e-3"]["style"] == ["vivid", "natural"]
    assert "style" not in models["gpt-image-1.5"]
    assert "landscape" in models["gpt-image-1.5"]["size"]
    assert [command["label"] for command in offer["commands"]] == ["/imagine", "/quota", "/history", "/help"]
    assert offer["words"]["download"] == "Download"


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
        told = events(stream)
        assert (await anext(told))[0] == "ready"
        _, others = await ask(grace, "a red kite")
        await until(grace, others["job"], "delivered")
        _, accepted = await ask(ada, "a paper boat")
        job: Json = {}
        while not job.get("reply", {}).get("images"):
            assert await anext(told) == ("job", {"job": accepted["job"]})
            _, job = await get(ada, f"/api/jobs/{accepted['job']}")


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
        assert page.headers["Referrer-Policy"] == "no-referrer"


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
