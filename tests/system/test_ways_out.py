"""The whole bot in an office: everything goes through its proxy, which looks into TLS by a private authority."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.driver import Driver
from tests.fakes.proxy import AUTHORITY, FakeProxy, serving
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.system.test_doctor import diagnosis

GATEWAY, PICTURES, DISCORD, SOCKET, SLACK = (
    f"{name}.example.com" for name in ("gateway", "pictures", "discord", "socket", "slack")
)
LOGIN = "office:hush-hush"


def port(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as running:
        yield running


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture
async def office(gateway: FakeCometAPI, discord: FakeDiscord, slack: FakeSlack) -> AsyncIterator[FakeProxy]:
    """Give every server a name that only the proxy can resolve, and a certificate of the proxy's."""
    ports = {GATEWAY: port(gateway.origin), DISCORD: port(discord.api_url), SLACK: port(slack.url)}
    async with FakeProxy({**ports, PICTURES: ports[GATEWAY], SOCKET: ports[DISCORD]}, login=LOGIN) as proxy:
        gateway.origin, slack.url = f"https://{PICTURES}", f"https://{SLACK}"
        discord.gateway.url = discord.gateway_url = discord.rest.gateway_url = f"wss://{SOCKET}/"
        discord.api_url = f"https://{DISCORD}/api/v10"
        yield proxy


def servers(discord: FakeDiscord, slack: FakeSlack) -> dict[str, object]:
    return {
        "COMETAPI_BASE_URL": f"https://{GATEWAY}/v1",
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "SSL_CERT_FILE": str(AUTHORITY),
    }


async def drawn(driver: Driver) -> None:
    await driver.imagine("a paper boat")
    await driver.wait_for(lambda seen: bool(seen.images))


async def test_everything_goes_through_the_offices_proxy(
    start_bot: StartBot,
    office: FakeProxy,
    discord: FakeDiscord,
    slack: FakeSlack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    ways = servers(discord, slack) | {"HTTPS_PROXY": office.url, "SLACK_APP_TOKEN": APP_TOKEN}
    async with start_bot(**ways):
        await drawn(DiscordDriver(discord))
        await drawn(SlackDriver(slack))
    assert {each.host for each in office.passed} == set(office.hosts)
    assert {path.split("?")[0].rpartition("/")[2] for path in office.seen(SLACK)} >= {
        "apps.connections.open",
        "chat.update",
    }
    assert any(path.startswith("/upload/") for path in office.seen(SLACK))
    assert any(path.startswith("/link/") for path in office.seen(SLACK))
    assert any("/webhooks/" in path for path in office.seen(DISCORD))
    assert all(each.tunnelled and each.login for each in office.passed)
    assert not any(b"proxy-authorization" in each.head.lower() for each in office.passed)
    assert "hush-hush" not in caplog.text


async def test_slacks_http_mode_answers_through_the_proxy(
    start_bot: StartBot, office: FakeProxy, discord: FakeDiscord, slack: FakeSlack
) -> None:
    ways = servers(discord, slack) | {"ALL_PROXY": office.url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    async with start_bot(**ways | {"DISCORD_TOKEN": None}) as running:
        slack.bot_url = running.url
        slack.channel("elsewhere", bot=False)
        await slack.command("/imagine", "a paper boat", channel="elsewhere")  # the answer takes the response URL
        await drawn(SlackDriver(slack))
    assert any(path.startswith("/hooks/") for path in office.seen(SLACK))


async def test_the_doctor_says_by_which_way_it_reached_each_host(
    start_bot: StartBot, bot_settings: BotSettings, office: FakeProxy, discord: FakeDiscord, slack: FakeSlack
) -> None:
    proxy = office.url.replace(f"{LOGIN}@", "")
    ways = servers(discord, slack) | {"DISCORD_PROXY": office.url, "SLACK_APP_TOKEN": APP_TOKEN}
    async with start_bot(**ways, HTTPS_PROXY=office.url):  # which registers Discord's commands
        pass
    well, out = await diagnosis(bot_settings, **ways, HTTPS_PROXY=office.url, NO_PROXY="")
    assert well, out
    for host in (GATEWAY, DISCORD, SLACK, SOCKET):
        assert f"{host} through {proxy}" in out
    assert f"The certificates in {AUTHORITY} are trusted, too." in out
    assert "hush-hush" not in out


async def test_what_needs_no_proxy_goes_past_it(
    bot_settings: BotSettings, office: FakeProxy, discord: FakeDiscord, slack: FakeSlack
) -> None:
    ways = servers(discord, slack) | {"SLACK_APP_TOKEN": APP_TOKEN, "DISCORD_PROXY": office.url}
    beside = f".test, {SLACK}:443,gateway.*,{DISCORD}"  # which has a proxy of its own
    well, out = await diagnosis(bot_settings, **ways, HTTPS_PROXY=office.url, NO_PROXY=beside)
    assert not well
    assert f"{SLACK} directly" in out
    assert f"{GATEWAY} through " in out
    assert [bool(office.seen(host)) for host in (SLACK, GATEWAY, DISCORD)] == [False, True, True]


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_gateway_with_a_certificate_of_ones_own_is_trusted_by_its_file(
    bot_settings: BotSettings, trusted: bool
) -> None:
    async with FakeCometAPI(tls=serving()) as own:
        file = {"SSL_CERT_FILE": str(AUTHORITY)} if trusted else {}
        well, out = await diagnosis(bot_settings, COMETAPI_BASE_URL=own.base_url, **file)
    assert well == trusted, out
    assert ("its certificate is not trusted: see SSL_CERT_FILE" in out) == (not trusted)


async def test_the_health_check_of_the_container_asks_no_proxy(start_bot: StartBot) -> None:
    dockerfile = (Path(__file__).parents[2] / "Dockerfile").read_text("utf-8")
    python, *arguments = json.loads(re.findall(r"HEALTHCHECK [^\[]*(\[.*\])", dockerfile)[0])
    assert python == "python"
    async with start_bot(PLAYGROUND=True) as running:
        environment = {"HTTP_PORT": str(port(running.url)), "http_proxy": "http://127.0.0.1:1"}
        check = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)
        assert await check.wait() == 0


async def test_this_machine_is_never_behind_a_proxy(
    start_bot: StartBot, gateway: FakeCometAPI, discord: FakeDiscord, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeProxy() as proxy:
        everywhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), proxy.url)
        for name, value in everywhere.items():  # slack_sdk looks there itself
            monkeypatch.setenv(name, value)
        local = {"DISCORD_API_URL": discord.api_url, "DISCORD_GATEWAY_URL": discord.gateway_url}
        tokens = {"DISCORD_TOKEN": discord.token, "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
        async with start_bot(**everywhere, **local, **tokens, DISCORD_PROXY=proxy.url, SLACK_API_URL=slack.api_url):
            await drawn(DiscordDriver(discord))
            await drawn(SlackDriver(slack))
        assert proxy.asked == []
    assert gateway.requests
