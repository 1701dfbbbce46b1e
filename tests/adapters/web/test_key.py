"""The key in the printed address: it lets people in. Everybody else gets one sentence, and nothing is drawn."""

import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from adapters.web.key_file import kept_key
from bot.cli.assembly import Running
from tests.adapters.web.speak import ask, get, printed, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser, come_in, stranger

COOKIE = "imagine_playground"
REFUSED = "by the whole address that imagine-bot printed when it started"


@pytest.fixture
async def nobody(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with stranger(printed(running)) as session:
        yield session


def key(running: Running) -> str:
    return URL(printed(running)).query["key"]


async def opened(session: aiohttp.ClientSession, running: Running, **headers: str) -> aiohttp.ClientResponse:
    return await session.get(printed(running), headers=headers, allow_redirects=False)


async def test_the_printed_address_opens_the_page_and_leads_to_one_without_the_key(
    running: Running, nobody: aiohttp.ClientSession
) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?key=[0-9a-f]{32}", printed(running))
    led = await opened(nobody, running)
    assert led.status == 303
    assert led.headers["Location"].startswith("/#token=")
    assert key(running) not in str(led.headers)
    assert (led.headers["Referrer-Policy"], led.headers["Cache-Control"]) == ("no-referrer", "no-store")
    cookie = led.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", "/")
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    async with nobody.get("/") as page:
        assert page.status == 200
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert key(running) not in await page.text()


async def test_without_the_key_there_is_one_page_that_says_where_it_is(nobody: aiohttp.ClientSession) -> None:
    for path in ("/", "/?key=", "/?key=wrong", "/?key=%C3%A9", "/?key=%00", f"/?key={'0' * 32}"):
        async with nobody.get(path) as page:
            assert (page.status, page.content_type) == (403, "text/html")
            assert REFUSED in await page.text()
            assert COOKIE not in page.cookies


STRANGERS: tuple[dict[str, str], ...] = (
    # As a plain proxy_pass of nginx sends the request of a stranger, and as forwarders do that write these.
    {},
    {"Host": "localhost"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
    {"X-Forwarded-For": "203.0.113.9"},
    {"Origin": "http://localhost", "Host": "localhost", "Sec-Fetch-Site": "same-origin"},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Bearer "},
    {"Authorization": "Basic wrong"},
    {"Cookie": f"{COOKIE}={'x' * 43}"},
    {"Cookie": f"{COOKIE}={'x' * 43}.{'y' * 43}"},
    {"Cookie": f"{COOKIE}=a b; {COOKIE}={'x' * 5000}"},
)
PATHS = ("/api/jobs", "/api/options", "/api/events", "/api/jobs/x/images/0", "/static/js/app.js", "/api/no")


async def test_without_the_key_nobody_gets_anything(nobody: aiohttp.ClientSession, gateway: FakeCometAPI) -> None:
    for headers in STRANGERS:
        async with nobody.post("/api/commands", json={"text": "a boat"}, headers=headers) as answer:
            assert (headers, answer.status) == (headers, 403)
            assert REFUSED in (await answer.json())["error"]
            assert COOKIE not in answer.cookies
        for path in PATHS:
            async with nobody.get(path, headers=headers) as answer:
                assert (path, answer.status) == (path, 403)
        async with nobody.post("/language", data={"language": "en"}, headers=headers) as answer:
            assert answer.status == 403
    assert gateway.requests == []


async def test_a_cookie_alone_is_not_enough_since_every_port_of_the_machine_gets_it(
    running: Running, ada: aiohttp.ClientSession, grace: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    _, asked = await ask(ada, "a paper boat")
    await until(ada, asked["job"], "delivered")
    cookies = {cookie.key: cookie.value for cookie in ada.cookie_jar}
    async with stranger(printed(running), cookies) as thief:
        for token in ("", "?token=", "?token=wrong", f"?token={grace.headers['Authorization'].split()[1]}"):
            for path in ("/api/jobs", f"/api/jobs/{asked['job']}", f"/api/jobs/{asked['job']}/images/0", "/api/events"):
                assert (await thief.get(f"{path}{token}")).status == 403
            assert (await thief.post(f"/api/commands{token}", json={"text": "a kite"})).status == 403
        async with thief.get("/") as page:  # which shows nothing of anybody
            assert ada.headers["Authorization"].split()[1] not in await page.text()
    assert len(gateway.requests) == 1


async def test_what_the_browser_fetches_by_itself_has_the_token_in_its_address(ada: aiohttp.ClientSession) -> None:
    _, asked = await ask(ada, "a paper boat")
    await until(ada, asked["job"], "delivered")
    token = ada.headers.pop("Authorization").split()[1]
    async with ada.get(f"/api/jobs/{asked['job']}/images/0?token={token}") as image:
        assert (image.status, image.content_type) == (200, "image/png")


async def test_a_program_may_send_the_key_instead(running: Running, nobody: aiohttp.ClientSession) -> None:
    nobody.headers["Authorization"] = f"Bearer {key(running)}"
    _, asked = await ask(nobody, "a paper boat")
    assert (await until(nobody, asked["job"], "delivered"))["status"] == "delivered"
    assert COOKIE in {cookie.key for cookie in nobody.cookie_jar}


async def test_a_visit_and_what_is_asked_for_extend_the_cookies_life_and_a_look_does_not(
    ada: aiohttp.ClientSession,
) -> None:
    async with ada.get("/") as page, ada.get("/api/jobs") as looked:
        assert COOKIE in page.cookies
        assert (looked.status, COOKIE in looked.cookies) == (200, False)
    async with ada.post("/api/commands", json={"text": "/quota"}) as asked:
        assert int(asked.cookies[COOKIE]["max-age"]) > 300 * 24 * 3600


async def test_another_cookie_of_the_same_name_is_passed_over(running: Running, ada: aiohttp.ClientSession) -> None:
    """A server at another port can set one for a part of the page, which browsers then send first."""
    own = next(cookie.value for cookie in ada.cookie_jar if cookie.key == COOKIE)
    headers = {"Cookie": f"{COOKIE}={'x' * 43}; {COOKIE}={own}", "Authorization": ada.headers["Authorization"]}
    jobs = URL(printed(running)).with_path("/api/jobs")
    async with aiohttp.ClientSession() as session, session.get(jobs, headers=headers) as answer:
        assert answer.status == 200


OTHER_SITES: tuple[dict[str, str], ...] = (
    {"Host": "evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://["},
    {"Origin": "http://127.0.0.1:3000"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


async def test_pages_of_others_can_do_nothing_with_what_a_browser_has(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    for headers in OTHER_SITES:
        async with ada.post("/api/commands", json={"text": "a boat"}, headers=headers) as response:
            assert (headers, response.status) == (headers, 403)
            assert (await response.json())["error"].endswith(".")
        async with ada.get("/api/jobs", headers=headers) as response:
            assert response.status == 403
    assert gateway.requests == []


async def test_a_name_that_leads_here_from_outside_is_refused_the_page_too_and_with_the_key(
    running: Running, ada: aiohttp.ClientSession
) -> None:
    for address in ("/", printed(running)):
        async with ada.get(address, headers={"Host": "evil.example"}, allow_redirects=False) as page:
            assert page.status == 403
            assert not page.cookies


async def test_a_link_of_another_site_leads_on_by_a_page_since_no_cookie_comes_with_it(
    running: Running, nobody: aiohttp.ClientSession
) -> None:
    """A browser sends a strict cookie with nothing that another site began, redirects included."""
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    led = await opened(nobody, running, **elsewhere)
    assert led.status == 200
    assert 'content="0; url=/#token=' in await led.text()
    assert COOKIE in led.cookies
    nobody.cookie_jar.clear()
    async with nobody.get("/", headers=elsewhere) as page:
        assert 'content="0; url=/"' in await page.text()
        assert not page.cookies
    async with nobody.get("/", headers={"Sec-Fetch-Site": "same-origin"}) as page:
        assert page.status == 403


async def test_the_page_goes_on_after_a_restart_with_the_same_key(start_bot: StartBot, tmp_path: Path) -> None:
    async with start_bot(playground=True) as before:
        address = printed(before)
        async with browser(address) as ada:
            _, asked = await ask(ada, "a paper boat")
            await until(ada, asked["job"], "delivered")
            cookies = {cookie.key: cookie.value for cookie in ada.cookie_jar}
            proof = ada.headers["Authorization"]
    async with start_bot(playground=True) as after, stranger(printed(after), cookies) as ada:
        assert URL(printed(after)).query == URL(address).query
        ada.headers["Authorization"] = proof
        assert [job["job"] for job in (await get(ada, "/api/jobs"))[1]["jobs"]] == [asked["job"]]
    kept = tmp_path / "playground.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]  # noqa: PTH208  of a test's folder


@pytest.mark.parametrize("earlier", ["a new key", "a new key, and another bot on the machine", "an unsigned cookie"])
async def test_history_outlives_the_key_and_a_release_that_signed_no_cookies(
    start_bot: StartBot, tmp_path: Path, earlier: str
) -> None:
    async with start_bot(playground=True) as before, browser(printed(before)) as ada:
        _, asked = await ask(ada, "a paper boat")
        await until(ada, asked["job"], "delivered")
        cookies = {cookie.key: cookie.value for cookie in ada.cookie_jar}
    if earlier == "an unsigned cookie":
        cookies = {COOKIE: cookies[COOKIE].partition(".")[0]}
    else:
        (tmp_path / "playground.key").unlink()
    if "another bot" in earlier:
        cookies[COOKIE] = f"{'a' * 43}.{'b' * 43}"
    async with start_bot(playground=True) as after:
        async with stranger(printed(after), cookies) as old:
            assert (await old.get("/")).status == 403
            await come_in(old, printed(after))
            assert [job["job"] for job in (await get(old, "/api/jobs"))[1]["jobs"]] == [asked["job"]]
        async with browser(printed(after), {COOKIE: "x" * 43}) as forged:
            (given,) = (cookie.value for cookie in forged.cookie_jar if cookie.key == COOKIE)
            assert "xxx" not in given


async def test_two_bots_on_one_machine_leave_each_other_their_people(start_bot: StartBot, tmp_path: Path) -> None:
    """A browser has one set of cookies for all ports."""
    other = {"database_url": f"sqlite:///{tmp_path}/other.db", "playground_key_file": tmp_path / "other.key"}
    async with (
        start_bot(playground=True) as one,
        start_bot(playground=True, **other) as two,
        browser(printed(one)) as ada,
    ):
        _, asked = await ask(ada, "a paper boat")
        await until(ada, asked["job"], "delivered")
        async with aiohttp.ClientSession(URL(printed(two)).origin(), cookie_jar=ada.cookie_jar) as at_two:
            await come_in(at_two, printed(two))
            assert (await ask(at_two, "another boat"))[0] == 202
        assert [job["job"] for job in (await get(ada, "/api/jobs"))[1]["jobs"]] == [asked["job"]]
        await come_in(ada, printed(one))
        assert [job["job"] for job in (await get(ada, "/api/jobs"))[1]["jobs"]] == [asked["job"]]


async def test_a_key_that_others_could_read_is_replaced(
    start_bot: StartBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = tmp_path / "playground.key"
    kept.write_text("0" * 32)
    kept.chmod(0o644)
    async with start_bot(playground=True) as running:
        assert key(running) == kept.read_text().strip() != "0" * 32
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert f"{kept} could be read by others on this machine" in caplog.text
    assert key(running) not in caplog.text


@pytest.mark.parametrize("holds", ["", "short", "not a key at all, for it has spaces", "é" * 32])
def test_a_file_without_a_key_is_one_clear_sentence(tmp_path: Path, holds: str) -> None:
    kept = tmp_path / "playground.key"
    kept.touch(0o600)
    kept.write_text(holds)
    with pytest.raises(OSError, match=r"key can't be kept in .*playground\.key .it holds no key; delete it"):
        kept_key(kept)
    assert kept.read_text() == holds


async def test_without_the_playground_there_is_no_page(start_bot: StartBot, tmp_path: Path) -> None:
    async with start_bot(wait=False) as running:
        assert running.opened_at == {}
        async with aiohttp.ClientSession(running.url) as session, session.get("/") as response:
            assert response.status == 404
    assert not (tmp_path / "playground.key").exists()


async def test_the_page_has_a_port_of_its_own_and_only_there_it_is(start_bot: StartBot) -> None:
    async with start_bot(playground=True, http_host="0.0.0.0") as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert URL(running.url).port != URL(printed(running)).port
        async with aiohttp.ClientSession(running.url) as session:
            async with session.get(f"/?key={key(running)}") as response:
                assert response.status == 404
            async with session.get("/healthz") as response:
                assert response.status == 200


async def test_where_the_page_listens_on_all_addresses_the_key_guards_it(start_bot: StartBot) -> None:
    """In a container, whose port is published on the loopback address of the machine."""
    async with start_bot(playground=True, playground_host="0.0.0.0") as running:
        assert printed(running).startswith("http://127.0.0.1:")
        async with browser(printed(running)) as ada:
            assert (await get(ada, "/api/jobs"))[0] == 200
        async with stranger(printed(running)) as session, session.get("/api/jobs") as answer:
            assert answer.status == 403


async def test_the_key_is_in_no_log(
    running: Running, ada: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    await get(ada, "/api/jobs")
    assert key(running) not in caplog.text
    assert key(running) not in repr(running)
