"""What an operator sees at the start: who the bot is on each platform, or what to do about a token."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_faults import Fault
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import settings_for
from tests.support.process import BotProcess, imagine_bot


@pytest.fixture
def given(gateway: FakeCometAPI) -> dict[str, object]:
    return {"cometapi_key": "sk-1", "cometapi_base_url": gateway.base_url, "http_port": 0}


async def test_it_says_who_it_is_and_where(tmp_path: Path, given: dict[str, object]) -> None:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        settings = (
            given | discord_settings(discord) | settings_for(slack, "socket") | {"slack_imagine_command": "/draw"}
        )
        async with BotProcess(tmp_path, settings) as bot:
            said = {await bot.said(), await bot.said()}
            assert said == {
                "Discord: imagine, in 1 server. Type /imagine there.",
                "Slack: imagine in Work. Type /draw there.",
            }
            assert await bot.stop() == 0


@pytest.mark.parametrize("platform", ["discord", "slack bot token", "slack app token"])
async def test_a_refused_token_is_said_in_the_doctors_words_and_ends_a_bot_that_has_no_other(
    tmp_path: Path, given: dict[str, object], platform: str
) -> None:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        over_slack = settings_for(slack, "socket")
        settings: dict[str, dict[str, object]] = {
            "discord": {**discord_settings(discord), "discord_token": "abc.def.wrong"},
            "slack bot token": {**over_slack, "slack_bot_token": "xoxb-wrong"},
            "slack app token": {**over_slack, "slack_app_token": "xapp-wrong"},
        }
        status, out, err = await imagine_bot(tmp_path, "run", **(given | settings[platform]))
        _, advised, _ = await imagine_bot(tmp_path, "doctor", **(given | settings[platform]))
    assert status == 1
    assert "there." not in out
    told = [
        line for line in err.splitlines() if " ERROR " not in line and " WARNING " not in line and " INFO " not in line
    ]
    assert len(told) == 2, err
    assert "refuses" in told[0]
    assert told[1] in advised
    assert "wrong" not in out + err


async def test_beside_another_platform_a_refused_token_ends_nothing(tmp_path: Path, given: dict[str, object]) -> None:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        settings = given | discord_settings(discord) | settings_for(slack, "socket") | {"slack_app_token": "xapp-wrong"}
        bot = BotProcess(tmp_path, settings)
        bot.ready = lambda: _nothing()  # type: ignore[method-assign]  # Slack never is
        async with bot:
            assert await bot.said() == "Discord: imagine, in 1 server. Type /imagine there."
            assert await bot.stop() == 0
        assert bot.log().count("Slack refuses SLACK_APP_TOKEN") == 1


async def test_a_bot_whose_terminal_was_closed_before_it_could_say_who_it_is_runs_on(
    tmp_path: Path, given: dict[str, object]
) -> None:
    async with FakeDiscord() as discord:
        discord.fail(Fault(where="/users/@me", cut=True))
        bot = BotProcess(tmp_path, given | discord_settings(discord))
        connected, bot.ready = bot.ready, lambda: _nothing()  # type: ignore[method-assign]
        async with bot:
            bot.close_output()
            await connected()
            await asyncio.sleep(0.3)  # more than it takes to see that it is connected
            assert await bot.stop() == 0


async def _nothing() -> None:
    return


async def test_a_bot_in_no_server_is_told_its_invitation(tmp_path: Path, given: dict[str, object]) -> None:
    async with FakeDiscord() as discord:
        discord.world.servers = 0
        async with BotProcess(tmp_path, given | discord_settings(discord)) as bot:
            said = await bot.said()
        assert said.startswith(
            "Discord: imagine, not in any server yet. Add it to one: https://discord.com/oauth2/authorize?"
        )
