"""Requests that somebody with the page's key writes by hand: other people's jobs, odd paths and bodies."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from bot.cli.assembly import Running
from tests.adapters.web.speak import ask, get, post, printed, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser

NOBODYS = "0661315a9999999999zzzzzzzz"
ACTIONS = (
    *("again", "edit", "cancel", "stop", "show", "here", "all", "delete", "restore"),
    *("reshow", "share", "page", "unclear", "__class__"),
)


@pytest.fixture(scope="module")
async def running(start_bot: StartBot) -> AsyncIterator[Running]:
    async with start_bot(playground=True, quota_images=3) as running:
        yield running


@pytest.fixture(scope="module")
async def ada(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(printed(running)) as session:
        yield session


@pytest.fixture(scope="module")
async def mallory(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(printed(running)) as session:
        yield session


@pytest.fixture(scope="module")
async def job(ada: aiohttp.ClientSession) -> str:
    """Return the id of a job of ada's, whose image is there."""
    _, accepted = await ask(ada, "an unmistakable secret", key="the-key-of-ada")
    await until(ada, accepted["job"], "delivered")
    async with ada.get(f"/api/jobs/{accepted['job']}/images/0") as image:
        assert image.status == 200
    return str(accepted["job"])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("body", [{}, {"prompt": "a kite"}, {"undo": True}])
async def test_a_job_of_another_person_can_not_be_pressed(
    mallory: aiohttp.ClientSession, gateway: FakeCometAPI, job: str, action: str, body: dict[str, object]
) -> None:
    before = len(gateway.requests)
    status, said = await post(mallory, f"/api/jobs/{job}/{action}", body)
    assert status == 404
    assert "secret" not in str(said)
    assert len(gateway.requests) == before


async def test_a_job_of_another_person_can_not_be_seen(mallory: aiohttp.ClientSession, job: str) -> None:
    for path in (f"/api/jobs/{job}", f"/api/jobs/{job}/images/0", f"/api/jobs/{NOBODYS}", "/api/jobs/%00"):
        status, said = await get(mallory, path)
        assert status == 404
        assert "secret" not in str(said)
    for cursor in (job, f">{job}", "' OR '1'='1", "9" * 5000, "\x00"):
        async with mallory.get("/api/jobs", params={"cursor": cursor}) as answer:
            assert (answer.status, (await answer.json())["jobs"]) == (200, [])


async def test_a_key_of_another_persons_request_leads_to_nothing_of_theirs(
    mallory: aiohttp.ClientSession, job: str
) -> None:
    status, said = await ask(mallory, "--n 9 a kite", key="the-key-of-ada")
    assert status == 429
    assert job not in str(said)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/static/{up}bot/settings.py" for up in ("../../../", "..%2f..%2f..%2f", "%2e%2e/%2e%2e/%2e%2e/")),
        "/static/..%5c..%5c..%5csettings.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/js/%00",
        "/static/js/..;/..;/page.py",
        "/static/",
        "/static/js",
        "/../../etc/passwd",
        "/api/../static/../page.py",
        *(f"/api/jobs/{{job}}/images/{index}" for index in ("-1", "1", "0x0", "1e0", "٠", "0%00", "..%2f0.png", "999")),
        "/api/jobs/..%2f..%2f..%2f..%2fetc%2fpasswd/images/0",
        "/api/jobs/{job}%2f..%2f{job}/images/0",
    ],
)
async def test_no_path_leads_out_of_what_is_served(
    running: Running, ada: aiohttp.ClientSession, job: str, path: str
) -> None:
    url = URL(str(URL(printed(running)).origin()) + path.format(job=job), encoded=path.isascii())
    async with ada.get(url, allow_redirects=False) as answer:
        content = await answer.read()
    assert answer.status == 404
    assert b"root:" not in content
    assert b"import" not in content


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"text":' + '{"a":' * 30_000,
        '{"text": "a boat", "options": ' + "[" * 50_000,
        '{"text": ' + "9" * 5000 + "}",
        '{"text": "a boat", "options": {"n": ' + "9" * 5000 + "}}",
        '{"text": "a boat", "options": {"n": 1e999}}',
        '{"text": "a boat", "options": {"n": NaN}}',
        '{"text": "a boat", "options": {"n": true}}',
        '{"text": "a boat", "options": {"n": {"$gt": 0}}}',
        '{"text": "a boat", "options": {"n": "1000"}}',
        '{"text": "a boat", "options": {"size": "99999x99999"}}',
        '{"text": "a boat", "options": {"model": "../../v1/chat"}}',
        '{"text": "a boat", "options": {"response_format": "url"}}',
        '{"text": "a boat", "options": {"__class__": "x"}}',
        '{"text": ["a boat"]}',
        '{"text": "a boat", "key": {"a": 1}}',
        '{"text": "a boat", "key": "' + "k" * 201 + '"}',
        '{"text": "\\u200b\\u2060"}',
        "\x00",
        "",
    ],
)
async def test_odd_bodies_are_refused_before_anything_is_spent(
    mallory: aiohttp.ClientSession, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    before = len(gateway.requests)
    async with mallory.post("/api/commands", data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")
    assert len(gateway.requests) == before
    assert not [record for record in caplog.records if record.exc_info]


async def test_of_twelve_commands_at_once_three_get_what_is_left_of_the_quota(
    running: Running, gateway: FakeCometAPI
) -> None:
    before = len(gateway.requests)
    async with browser(printed(running)) as eve:
        answers = await asyncio.gather(*(ask(eve, f"a boat, number {number}") for number in range(12)))
        assert Counter(status for status, _ in answers) == {202: 3, 429: 9}
        for status, said in answers:
            if status == 202:
                await until(eve, said["job"], "delivered")
    assert len(gateway.requests) == before + 3


async def test_twenty_strangers_with_the_id_of_a_job_get_nothing_of_it_by_any_door(
    running: Running, gateway: FakeCometAPI, ada: aiohttp.ClientSession, job: str
) -> None:
    before = len(gateway.requests)
    for number in range(20):
        async with browser(printed(running)) as stranger:
            for action in ACTIONS[number % 10 :: 10]:  # two of them try each
                status, said = await post(stranger, f"/api/jobs/{job}/{action}", {})
                assert (status, "secret" in str(said)) == (404, False)
            for path in (f"/api/jobs/{job}", f"/api/jobs/{job}/images/0"):
                assert (await get(stranger, path))[0] == 404
            for typed in (f"/show {job}", f"/show {job[-8:]}"):
                assert (await post(stranger, "/api/commands", {"text": typed}))[0] == 404
            _, found = await post(stranger, "/api/commands", {"text": "/history unmistakable"})
            assert found["reply"]["entries"] == []
    assert len(gateway.requests) == before
    assert (await get(ada, f"/api/jobs/{job}"))[0] == 200
