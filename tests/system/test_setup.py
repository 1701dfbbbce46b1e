"""`imagine-bot setup` at a terminal: from nothing to the first picture, with no answer but keys and tokens."""

import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.cli.setup.conftest import APP_TOKEN, BOT_TOKEN, KEY, TOKEN
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_world import GUILD
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.support.terminal import CTRL_C, CTRL_D, Operator

SECRETS = (KEY, TOKEN, BOT_TOKEN, APP_TOKEN)


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(token=TOKEN) as running:
        running.world.bots_guilds.clear()
        yield running


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        running.bot_token, running.app_token = BOT_TOKEN, APP_TOKEN
        yield running


def urls(discord: FakeDiscord | None = None, slack: FakeSlack | None = None) -> dict[str, object]:
    """Return the settings that lead to the local servers, without any secret."""
    found: dict[str, object] = {"slack_api_url": slack.api_url} if slack else {}
    if discord:
        found |= {name: value for name, value in discord_settings(discord).items() if name != "discord_token"}
    return found


def check_secrets(folder: Path, operator: Operator, kept: str) -> None:
    """Check that the secrets are in `.env`, which has this text and is for its owner alone, and nowhere else."""
    file = folder / ".env"
    assert file.read_text() == kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [secret for secret in SECRETS if secret in operator.screen]
    for path in (path for path in folder.rglob("*") if path.is_file() and path != file):
        content = path.read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in content], path


async def test_discord_on_a_narrow_screen_in_japanese(tmp_path: Path, discord: FakeDiscord) -> None:
    there = {**urls(discord), "lang": "ja_JP"}
    async with Operator(tmp_path, "setup", settings=there, columns=40, preloaded=False) as operator:
        await operator.sees("どこで使いますか？ 1 Discord 2 Slack 3 両方 [1]:")
        await operator.types()
        await operator.sees("Enter だけなら、無料のテスト画像で始めます:")
        await operator.types()
        await operator.sees("✓ テスト画像:")
        await operator.sees("ボットのトークンを貼り付けてください（画面には出ません）:")
        await operator.types("x" * 100_000)
        await operator.sees("ボットのトークンを貼り付けてください（画面には出ません）:")
        await operator.types(f"Bot {TOKEN}")
        await operator.sees("✓ Discord で確認できました:「imagine」")
        await operator.sees("1 自分だけ 2 誰でも [1]:")
        await operator.types()
        await operator.sees("待っています…（s と Enter でスキップ）")
        discord.world.bot_is_public = False
        await operator.types()
        await operator.sees("✓ 非公開になりました")
        await operator.sees("https://discord.com/oauth2/authorize?client_id=")
        await operator.sees("待っています…（s と Enter でスキップ）")
        discord.world.bots_guilds.add(GUILD)
        await operator.types()
        await operator.sees(f"✓ 「Studio」に参加しています ✓ 描けるのはそのメンバーだけです: DISCORD_SERVERS={GUILD}")
        await operator.sees("ボットが動いています。")
        assert operator.command_line.endswith("\0-m\0bot\0setup\0")
        people = DiscordDriver(discord)
        await people.imagine("a paper boat")
        await operator.sees("✓ 最初の画像「a paper boat」ができました（#design の Ada さん、")
        await operator.sees("無料のテスト画像）。 1人が1日に描けるのは20枚です")
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 0
    check_secrets(tmp_path, operator, f"COMETAPI_KEY=sandbox\nDISCORD_TOKEN={TOKEN}\nDISCORD_SERVERS={GUILD}\n")
    assert "Traceback" not in operator.screen


async def test_slack_with_the_tokens_in_the_wrong_order_and_a_key(
    tmp_path: Path, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.keys = {KEY}
    there = {
        **urls(slack=slack),
        "cometapi_base_url": gateway.base_url,
        "cometapi_balance_url": f"{gateway.origin}/user/quota",
    }
    async with Operator(tmp_path, "setup", settings=there) as operator:
        await operator.sees("[1]:")
        await operator.types("2")
        await operator.sees("(hidden):")
        await operator.types(KEY)
        await operator.sees("✓ accepted · balance $5.00 · draws with dall-e-3")
        await operator.sees("https://api.slack.com/apps?new_app=1&manifest_json=")
        await operator.sees("xoxb-… (hidden):")
        await operator.types(APP_TOKEN)
        await operator.sees("→ That is the app token (xapp-).")
        await operator.sees("xoxb-… (hidden):")
        await operator.types(BOT_TOKEN)
        await operator.sees('✓ imagine in "Work" ✓ connected')
        await operator.sees("Slack: type /imagine a paper boat in https://slack.com/app_redirect?app=A0IMAGINE")
        await SlackDriver(slack).imagine("a paper boat")
        await operator.sees('✓ first picture: "a paper boat" for ada in #design,')
        await operator.sees("about $0.032.")
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 0
    kept = f"COMETAPI_KEY={KEY}\nSLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n"
    check_secrets(tmp_path, operator, kept)
    assert (tmp_path / "slack-manifest.json").exists()


async def test_both_with_ctrl_c_after_each_tick(tmp_path: Path, discord: FakeDiscord, slack: FakeSlack) -> None:
    """What was checked is kept each time, so that the next time goes on from there."""
    discord.world.bots_guilds.add(GUILD)
    there = urls(discord, slack)
    async with Operator(tmp_path, "setup", settings=there) as operator:
        await operator.sees("[1]:")
        await operator.types("3")
        await operator.sees("free test pictures:")
        await operator.types()
        await operator.sees("✓ test pictures")
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 130
        assert operator.echoes
    check_secrets(tmp_path, operator, "COMETAPI_KEY=sandbox\n")
    async with Operator(tmp_path, "setup", settings=there) as operator:
        await operator.sees("[1]:")
        await operator.types("3")
        await operator.sees("✓ Key: set (sandbox), checked.")
        await operator.sees("Paste the bot token (hidden):")
        await operator.types(TOKEN)
        await operator.sees('✓ it is in "Studio"')
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 130
    check_secrets(tmp_path, operator, f"COMETAPI_KEY=sandbox\nDISCORD_TOKEN={TOKEN}\n")
    async with Operator(tmp_path, "setup", "slack", settings=there) as operator:
        await operator.sees("xoxb-… (hidden):")
        await operator.types(BOT_TOKEN)
        await operator.sees('✓ imagine in "Work"')
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 130
    async with Operator(tmp_path, "setup", settings=there) as operator:
        await operator.sees("✓ Slack: set (…UvWx), checked.")
        await operator.sees("xapp-… (hidden):")
        await operator.types(CTRL_D, enter=False)
        await operator.sees("→ The input was closed. What was checked is kept")
        assert await operator.ended() == 1
    async with Operator(tmp_path, "setup", settings=there) as operator:
        await operator.sees("xapp-… (hidden):")
        await operator.types(APP_TOKEN)
        await operator.sees("The bot is running. Discord: type /imagine a paper boat")
        await operator.sees("Slack: type /imagine a paper boat")
        await SlackDriver(slack).imagine("a paper kite")
        await operator.sees('✓ first picture: "a paper kite" for ada in #design,')
        await operator.types(CTRL_C, enter=False)
        assert await operator.ended() == 0
    kept = f"COMETAPI_KEY=sandbox\nDISCORD_TOKEN={TOKEN}\nSLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n"
    check_secrets(tmp_path, operator, kept)


async def test_where_nothing_can_be_written_nothing_is_asked(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUOTA_IMAGES=5\n")
    (tmp_path / ".env").chmod(0o400)
    async with Operator(tmp_path, "setup", settings={}) as operator:
        assert await operator.ended() == 1
    assert operator.text == f"{tmp_path}/.env is read-only. Make it writable: chmod u+w {tmp_path}/.env"
    assert (tmp_path / ".env").read_text() == "QUOTA_IMAGES=5\n"


async def test_an_end_by_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with Operator(tmp_path, "setup", "key", settings={}) as operator:
        await operator.sees("(hidden), or press Enter")
        assert not operator.echoes
        assert operator.process
        operator.process.terminate()
        assert await operator.ended() == -signal.SIGTERM
        assert operator.echoes


async def test_settings_for_another_place_are_printed_and_not_written(tmp_path: Path) -> None:
    async with Operator(tmp_path, "setup", "key", "--print", settings={}) as operator:
        await operator.sees("test pictures:")
        await operator.types()
        assert await operator.ended() == 0
    assert operator.screen.endswith("\nCOMETAPI_KEY=sandbox\n")
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240


async def test_beside_a_bot_that_runs_already_no_second_one_is_started(
    tmp_path: Path, start_bot: StartBot, discord: FakeDiscord
) -> None:
    discord.world.bots_guilds.add(GUILD)
    (tmp_path / ".env").write_text(f"COMETAPI_KEY=sandbox\nDISCORD_TOKEN={TOKEN}\n")
    async with start_bot(**discord_settings(discord)) as running:
        port = running.url.rpartition(":")[2]
        async with Operator(tmp_path, "setup", settings={**urls(discord), "http_port": port}) as operator:
            await operator.sees("The bot runs on this machine already. Restart it, so that it reads these settings.")
            assert await operator.ended() == 0
