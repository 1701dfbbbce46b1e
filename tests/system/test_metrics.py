"""What /metrics says while the bot works, and while something fails: an operator's alert rules look at these names."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.cli.timings import Timings
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI, Says
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.support.tools import checked, tool
from tests.support.trouble import no_room
from tests.system.test_doctor import diagnosis

TABLE = Path(__file__).parents[2] / "docs" / "operating.md"


async def scraped(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return await response.text()


def value(text: str, series: str) -> float:
    (found,) = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found)


async def until(url: str, series: str, least: float) -> None:
    async with asyncio.timeout(60):
        while value(await scraped(url), series) < least:
            await asyncio.sleep(0.05)


async def test_other_processes_with_the_same_app_token_are_counted_everywhere(
    start_bot: StartBot, bot_settings: BotSettings
) -> None:
    async with FakeSlack() as slack:
        slack.socket_mode.others = 2
        async with start_bot(**settings_for(slack, "socket")) as bot:
            await until(bot.url, 'imagine_connections{platform="slack",whose="ours"}', 2)
            await until(bot.url, 'imagine_connections{platform="slack",whose="others"}', 2)
            ours = value(await scraped(bot.url), 'imagine_connections{platform="slack",whose="ours"}')
            _, details = await bot.health.readiness()
            _, said = await diagnosis(bot_settings, HTTP_PORT=urlsplit(bot.url).port, **settings_for(slack, "socket"))
    assert (ours, details["connections"]) == (2, {"slack": {"ours": 2, "others": 2}})
    assert "Slack counts 4 connections of this app, 2 of them this bot's." in said


async def test_what_an_operator_watches_is_measured(start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path) -> None:
    limits = {"MAX_CONCURRENT_JOBS": 1, "QUOTA_IMAGES": 2}
    gateway.hold()
    async with FakeDiscord() as discord, start_bot(timings=Timings(retry=0.05), **settings(discord), **limits) as bot:
        people = DiscordDriver(discord)
        quiet = await scraped(bot.url)
        for prompt in ("a paper boat", "a kite", "a fox"):  # one is drawn, one waits, one is over the quota
            await people.imagine(prompt)
        await gateway.arrived()
        await until(bot.url, "imagine_oldest_waiting_seconds", 0.01)
        busy = await scraped(bot.url)
        with no_room(tmp_path / "images"):
            gateway.release()
            await until(bot.url, 'imagine_storage_errors_total{store="images"}', 1)
        await people.wait_for(lambda seen: bool(seen.images) and "a kite" in seen.text)
        done = await scraped(bot.url)
    assert value(quiet, "imagine_oldest_waiting_seconds") == value(done, "imagine_oldest_waiting_seconds") == 0
    assert value(quiet, 'imagine_connected{platform="discord"}') == 1
    assert value(quiet, "imagine_gateway_up") == value(quiet, "imagine_database_up") == 1
    assert len(re.findall(r'^imagine_build_info\{version="\d[^"]+"\} 1.0$', quiet, re.MULTILINE)) == 1
    assert value(quiet, 'imagine_refused_total{reason="quota_exceeded"}') == 0
    assert value(busy, 'imagine_refused_total{reason="quota_exceeded"}') == 1
    assert value(busy, 'imagine_jobs{status="queued"}') == value(busy, 'imagine_jobs{status="generating"}') == 1
    assert value(busy, "process_resident_memory_bytes") > 1_000_000
    assert value(busy, "process_open_fds") > 0
    assert value(done, 'imagine_storage_errors_total{store="database"}') == 0


async def test_a_gateway_and_a_platform_that_refuse_the_bot_are_measured(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with FakeDiscord() as discord, start_bot(**settings(discord)) as bot:
        gateway.will(Says(status=401, body={"error": {"code": "invalid_api_key", "message": "no such key"}}))
        people = DiscordDriver(discord)
        await people.imagine("a paper boat")
        await people.wait_for(lambda seen: "can't use the image service" in seen.text)
        assert value(await scraped(bot.url), "imagine_gateway_up") == 0
        await people.imagine("a kite")
        assert value(await scraped(bot.url), 'imagine_refused_total{reason="gateway_down"}') == 1
    async with FakeDiscord() as discord:
        refuses = {**settings(discord), "discord_token": f"not-{discord.token}"}
        async with start_bot(wait=False, playground=True, **refuses) as bot:
            said = await scraped(bot.url)
    assert value(said, 'imagine_connected{platform="discord"}') == 0
    assert value(said, 'imagine_connected{platform="web"}') == 1


async def test_a_command_that_is_refused_before_its_form_opens_is_counted(start_bot: StartBot) -> None:
    async with FakeSlack() as slack, start_bot(**settings_for(slack, "socket"), slack_guests="no") as bot:
        slack.person("grace").guest = "restricted"
        await SlackDriver(slack).imagine("", user="grace")
        await until(bot.url, 'imagine_refused_total{reason="guest_refused"}', 1)


async def test_the_metrics_are_those_of_the_table_and_in_prometheus_form(start_bot: StartBot) -> None:
    async with FakeSlack() as slack, start_bot(**settings_for(slack, "socket")) as bot:
        said = await scraped(bot.url)
    names = set(re.findall(r"^(imagine_\w+)[{ ]", said, re.MULTILINE))
    page = TABLE.read_text("utf-8")
    assert names == set(re.findall(r"^ *\| `(imagine_\w+)[{`]", page, re.MULTILINE))
    reasons = set(re.findall(r'^imagine_refused_total\{reason="(\w+)"\}', said, re.MULTILINE))
    section = page.split("\n### Reasons of refusals\n")[1].split("\n#")[0]
    assert reasons == set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    rules = TABLE.parents[1].joinpath("deploy", "alerts.yml").read_text("utf-8")
    assert set(re.findall(r"imagine_\w+", rules)) <= names
    checked(tool("promtool"), "check", "metrics", given=said)
