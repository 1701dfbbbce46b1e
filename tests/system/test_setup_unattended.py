"""`imagine-bot setup` with nobody there: each value of the environment is checked, and valid ones are written down."""

import json
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.bot.cli.setup.conftest import APP_TOKEN, BOT_TOKEN, KEY, TOKEN
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_world import APPLICATION
from tests.fakes.slack import FakeSlack
from tests.support.process import imagine_bot

INVITE = f"https://discord.com/oauth2/authorize?client_id={APPLICATION}&scope=bot+applications.commands&permissions="
WRITTEN = f"COMETAPI_KEY={KEY}\nDISCORD_TOKEN={TOKEN}\nSLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n"


@pytest.fixture
async def everything(gateway: FakeCometAPI) -> AsyncIterator[Mapping[str, object]]:
    """Return an environment in which everything is set, and valid."""
    async with FakeDiscord(token=TOKEN) as discord, FakeSlack() as slack:
        slack.bot_token, slack.app_token = BOT_TOKEN, APP_TOKEN
        discord.world.bot_is_public = False
        gateway.keys = {KEY}
        yield {
            **discord_settings(discord),
            "cometapi_key": KEY,
            "cometapi_base_url": gateway.base_url,
            "cometapi_balance_url": f"{gateway.origin}/user/quota",
            "slack_bot_token": BOT_TOKEN,
            "slack_app_token": APP_TOKEN,
            "slack_api_url": slack.api_url,
        }


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def secrets_in(said: str) -> list[str]:
    return [secret for secret in (KEY, TOKEN, BOT_TOKEN, APP_TOKEN) if secret in said]


async def test_without_a_terminal_one_sentence_names_what_is_missing(tmp_path: Path) -> None:
    status, out, err = await imagine_bot(tmp_path, "setup")
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert "COMETAPI_KEY, DISCORD_TOKEN or SLACK_BOT_TOKEN and SLACK_APP_TOKEN" in line
    assert "imagine-bot setup --yes" in line
    _, _, err = await imagine_bot(tmp_path, "setup", lang="ja_JP")
    assert err.rstrip().endswith(": COMETAPI_KEY、DISCORD_TOKEN または SLACK_BOT_TOKEN と SLACK_APP_TOKEN")
    status, _, err = await imagine_bot(tmp_path, "setup", "slack", slack_bot_token=BOT_TOKEN)
    assert status == 2
    assert err.rstrip().endswith(": SLACK_APP_TOKEN")


@pytest.mark.parametrize("flags", [("--json",), ("--env-file", "other.env")])
async def test_a_flag_that_would_have_no_effect_is_refused(tmp_path: Path, flags: tuple[str, ...]) -> None:
    status, _, err = await imagine_bot(tmp_path, "setup", *flags)
    assert (status, err) == (2, f"{flags[0]} is for use with --yes.\n")


async def test_what_holds_is_written_and_links_are_printed_and_nothing_runs(
    tmp_path: Path, everything: Mapping[str, object]
) -> None:
    status, out, err = await imagine_bot(tmp_path, "setup", "--yes", **everything)
    assert (status, err) == (0, "")
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert f"invite: {INVITE}" in out
    assert "slack-manifest: https://api.slack.com/apps?new_app=1&manifest_json=" in out
    assert "slack: https://slack.com/app_redirect?app=A0IMAGINE" in out
    assert not secrets_in(out)
    assert files(tmp_path) == [".env"]


async def test_programs_get_an_object_for_each_step(tmp_path: Path, everything: Mapping[str, object]) -> None:
    file = tmp_path / "elsewhere.env"
    status, out, _ = await imagine_bot(tmp_path, "setup", "--yes", "--json", "--env-file", str(file), **everything)
    steps = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    checked = {step["step"]: step["result"] for step in steps if "result" in step}
    assert checked == dict.fromkeys(("COMETAPI_KEY", "DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"), "accepted")
    assert {step["step"]: step["url"] for step in steps if "url" in step}["invite"].startswith(INVITE)
    assert steps[-1]["file"] == str(file)
    assert file.read_text() == WRITTEN
    assert not secrets_in(out)


async def test_a_store_for_secrets_gets_the_lines_alone(tmp_path: Path, everything: Mapping[str, object]) -> None:
    status, out, err = await imagine_bot(tmp_path, "setup", "--yes", "--print", **everything)
    assert (status, out) == (0, WRITTEN)
    assert "✓ COMETAPI_KEY: accepted" in err
    assert not secrets_in(err)
    assert not files(tmp_path)


async def test_what_is_refused_is_said_and_not_written(tmp_path: Path, everything: Mapping[str, object]) -> None:
    wrong = {**everything, "cometapi_key": "sk-wrong", "slack_app_token": BOT_TOKEN}
    status, out, _ = await imagine_bot(tmp_path, "setup", "--yes", **wrong)
    assert status == 1
    assert 'refuses this key: "invalid token"' in out
    assert "→ SLACK_APP_TOKEN: That is the bot token (xoxb-) again." in out
    kept = (tmp_path / ".env").read_text()
    assert kept == f"DISCORD_TOKEN={TOKEN}\nSLACK_BOT_TOKEN={BOT_TOKEN}\n"


async def test_what_is_missing_is_named_before_anything_is_checked(
    tmp_path: Path, everything: Mapping[str, object]
) -> None:
    fewer = {name: value for name, value in everything.items() if name not in {"cometapi_key", "slack_app_token"}}
    status, out, _ = await imagine_bot(tmp_path, "setup", "--yes", **fewer)
    assert (status, out) == (2, "→ These are missing: COMETAPI_KEY, SLACK_APP_TOKEN\n")
    assert not files(tmp_path)


async def test_one_part_alone(tmp_path: Path, everything: Mapping[str, object]) -> None:
    (tmp_path / ".env").write_text("# mine\nCOMETAPI_KEY=\n")
    assert (await imagine_bot(tmp_path, "setup", "key", "--yes", **everything))[0] == 0
    assert (tmp_path / ".env").read_text() == f"# mine\nCOMETAPI_KEY={KEY}\n"


async def test_check_is_the_doctor(tmp_path: Path) -> None:
    status, out, _ = await imagine_bot(tmp_path, "setup", "--check", cometapi_key="sandbox", playground=1)
    assert "settings: They are read from the environment" in out
    assert status == 0


async def test_a_file_that_cannot_be_written_is_said_before_anything_is_checked(
    tmp_path: Path, everything: Mapping[str, object]
) -> None:
    (tmp_path / ".env").write_text("QUOTA_IMAGES=5\n")
    (tmp_path / ".env").chmod(0o400)
    status, out, err = await imagine_bot(tmp_path, "setup", "--yes", **everything)
    assert (status, out) == (1, "")
    assert err == f"{tmp_path}/.env is read-only. Make it writable: chmod u+w {tmp_path}/.env\n"


async def test_a_folder_in_its_place_is_said(tmp_path: Path, everything: Mapping[str, object]) -> None:
    (tmp_path / ".env").mkdir()
    status, out, err = await imagine_bot(tmp_path, "setup", "--yes", **everything)
    assert (status, out) == (2, "")
    assert err.startswith(".env: This is a folder.")
    assert len(err.splitlines()) == 1
