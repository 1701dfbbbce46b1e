"""Who reads `/readyz` and `/metrics`: this machine and METRICS_ALLOW, and nobody through a proxy that says so."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_network

import aiohttp
import pytest
from pydantic import ValidationError
from yarl import URL

from adapters.http.access import may_read
from adapters.http.settings import HttpSettings
from bot.cli.assembly import Running
from bot.core.at_most import AtMost
from tests.conftest import StartBot

HERE = {"Host": "127.0.0.1:8080"}
PATHS = ("/readyz", "/readyz?all", "/metrics")


def reads(
    peer: str | None, headers: dict[str, str] | None = None, *, own: str | None = "127.0.0.1", allow: str = ""
) -> bool:
    allowed = HttpSettings.model_validate({"metrics_allow": allow}).metrics_allow
    return may_read(peer=peer, own=own, headers=HERE if headers is None else headers, allowed=allowed)


@pytest.mark.parametrize(
    ("peer", "own", "host"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1:8080"),
        ("127.8.9.1", "127.8.9.1", "localhost:8080"),
        ("::1", "::1", "[::1]:8080"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", "imagine.localhost"),
        ("192.168.1.5", "192.168.1.5", "192.168.1.5:8080"),
        ("fe80::1%eth0", "fe80::1%eth0", "[fe80::1]:8080"),
    ],
)
def test_programs_of_this_machine_read_them(peer: str, own: str, host: str) -> None:
    assert reads(peer, {"Host": host}, own=own)


@pytest.mark.parametrize("peer", ["192.168.1.7", "8.8.8.8", "::ffff:10.0.0.1", "2001:db8::1", "", "x", None])
def test_other_machines_do_not(peer: str | None) -> None:
    assert not reads(peer)
    assert not reads(peer, own=None)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "bot.example.com", "imagine_bot", "localhost.evil.example", "127.0.0.1.evil.example", "["],
)
def test_a_name_that_leads_here_is_refused_and_so_is_a_proxy_that_kept_it(host: str) -> None:
    assert not reads("127.0.0.1", {"Host": host})
    assert not reads("127.0.0.1", {})


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-Forwarded-Host",
        "X-Original-Forwarded-For",
        "X-Real-IP",
        "Forwarded",
        "Via",
        "CF-Connecting-IP",
        "True-Client-IP",
        "Client-IP",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", "for=127.0.0.1", ""])
def test_what_a_proxy_passes_on_is_refused_no_matter_what_it_says_of_the_client(header: str, value: str) -> None:
    assert not reads("127.0.0.1", {**HERE, header: value})
    assert not reads("10.1.2.3", {**HERE, header: value}, allow="10.0.0.0/8")


@pytest.mark.parametrize(
    ("allow", "peer", "well"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3/8, 192.168.1.7", "10.9.9.9", True),
        ("10.1.2.3/8 192.168.1.7", "192.168.1.7", True),
        ("10.1.2.3/8 192.168.1.7", "192.168.1.8", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::/32", "10.0.0.1", False),
        ("0.0.0.0/0", "8.8.8.8", True),
    ],
)
def test_the_networks_that_the_operator_names_read_them_by_any_name(allow: str, peer: str, well: bool) -> None:
    assert reads(peer, {"Host": "bot.internal:8080"}, allow=allow) is well


@pytest.mark.parametrize("wrong", ["all", "10.0.0.0/33", "10.0.0", "example.com", "10.0.0.0/8;1.2.3.4", "10.0.0.0/8,x"])
def test_a_text_that_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(
        ValidationError, match=r"Write networks or addresses, separated by commas, such as 10\.0\.0\.0/8"
    ):
        HttpSettings.model_validate({"metrics_allow": wrong})
    assert HttpSettings.model_validate({"metrics_allow": " , "}).metrics_allow == ()
    assert HttpSettings.model_validate({"metrics_allow": "1.2.3.4"}).metrics_allow == (ip_network("1.2.3.4/32"),)


@pytest.fixture
async def running(start_bot: StartBot) -> AsyncIterator[Running]:
    async with start_bot(playground=True, http_host="0.0.0.0") as running:
        yield running


async def statuses(url: str | URL, **headers: str) -> set[int]:
    found = set()
    async with aiohttp.ClientSession() as session:
        for path in PATHS:
            async with session.get(URL(url).join(URL(path)), headers=headers) as answer:
                text = await answer.text()
                assert (answer.status == 403) == ("METRICS_ALLOW" in text)
                found.add(answer.status)
    return found


async def test_strangers_behind_a_proxy_read_neither_health_nor_metrics_nor_what_runs_here(running: Running) -> None:
    page = URL(running.opened_at["web"]).origin()
    for url in (running.url, page):
        assert await statuses(url) == {200}
        assert await statuses(url, **{"X-Forwarded-For": "203.0.113.9"}) == {403}
        assert await statuses(url, Host="bot.example.com") == {403}
    async with aiohttp.ClientSession(running.url) as session:
        for path in ("/healthz", "/metrics", "/nothing"):
            async with session.get(path) as answer:
                assert answer.headers["Server"] == "imagine-bot"
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(running.url).port)
    writer.write(b"no request\r\n\r\n")
    said = (await reader.read()).decode()
    writer.close()
    assert said.startswith("HTTP/1.0 400")
    assert "Server: imagine-bot\r\n" in said
    assert "aiohttp" not in said


async def test_a_program_of_this_machine_may_use_any_address_of_it(running: Running) -> None:
    own = _own_address()
    if own is None:
        pytest.skip("this machine has the loopback address alone")
    assert await statuses(f"http://{own}:{URL(running.url).port}") == {200}


def _own_address() -> str | None:
    # Connecting a datagram socket sends nothing; it asks which of this machine's addresses would be used.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") or address == "0.0.0.0" else address


class Time:
    """A steady time that is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def steady(self) -> float:
        return self.seconds


async def test_for_many_requests_the_database_is_asked_once_in_five_seconds() -> None:
    time, asked = Time(), []

    async def ask() -> int:
        asked.append(time.seconds)
        await asyncio.sleep(0)
        return len(asked)

    kept = AtMost(ask, 5, time)  # type: ignore[arg-type]  # of a clock it needs the steady time alone
    assert set(await asyncio.gather(*(kept.get() for _ in range(100)))) == {1}
    time.seconds = 4.9
    assert await kept.get() == 1
    time.seconds = 5
    assert set(await asyncio.gather(*(kept.get() for _ in range(100)))) == {2}
    assert asked == [0, 5]


async def test_a_caller_who_goes_leaves_the_question_to_the_next_one() -> None:
    time, gate, asked = Time(), asyncio.Event(), []

    async def ask() -> str:
        asked.append("asked")
        await gate.wait()
        return "answer"

    kept = AtMost(ask, 5, time)  # type: ignore[arg-type]
    first = asyncio.create_task(kept.get())
    second = asyncio.create_task(kept.get())
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert await second == "answer"
    assert len(asked) == 2


async def test_the_answers_keep_for_five_seconds_what_the_database_said(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with start_bot(playground=True, figures=5) as running, aiohttp.ClientSession(running.url) as session:
        with caplog.at_level("DEBUG", "storage.database.database"):
            for _ in range(20):
                for path in PATHS:
                    async with session.get(path) as answer:
                        assert answer.status == 200
        questions = [record.getMessage() for record in caplog.records if record.getMessage().startswith("read: ")]
    for name in ("counts", "waiting_since", "gateway_down", "outage"):
        assert sum(name in question for question in questions) <= 2, questions
