"""The command line, as an operator meets it."""

import asyncio
import re
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest
import yaml

from tests.adapters.discord.alone import connected
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import settings_for
from tests.fakes.web_browser import browser
from tests.support.process import ROOT, environment, free_port, imagine_bot, printed_address
from tests.support.terminal import Operator
from tests.support.zygote import fork

PLAYGROUND = {"playground": 1, "cometapi_key": "sk-1", "http_port": 0, "playground_port": 0}


async def test_the_demo_draws_with_no_account_and_no_key(tmp_path: Path) -> None:
    given = {"http_port": 0, "playground_host": "0.0.0.0"}  # as in a container
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=tmp_path, env=environment(given), stdout=PIPE, stderr=PIPE
    )
    assert process.stdout
    assert process.stderr
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
        address = printed_address(line)
        assert re.search(r"^Open http://127\.0\.0\.1:\d+/\?key=[0-9a-f]{32} to try", line)
        async with browser(address) as session:
            async with session.get("/healthz") as answer:  # which Docker asks
                assert answer.status == 200
            async with session.post("/api/commands", json={"text": "/imagine a paper boat --size landscape"}) as answer:
                assert answer.status == 202
                job = (await answer.json())["job"]
            while True:
                async with session.get(f"/api/jobs/{job}") as answer:
                    if (await answer.json())["status"] == "delivered":
                        break
                await asyncio.sleep(0.1)
            async with session.get(f"/api/jobs/{job}/images/0") as answer:
                assert (await answer.read()).startswith(b"\x89PNG")
        process.terminate()
        rest, err = await process.communicate()
    assert process.returncode == 0
    assert (rest, err) == (b"", b"")


async def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, out, err = await imagine_bot(tmp_path, "demo", http_port=port)
    assert status == 1
    assert out == ""
    assert err.startswith(f"Port {port} on 127.0.0.1 can't be used")
    assert "Set PLAYGROUND_PORT to another one (PORT for make demo)" in err
    assert len(err.splitlines()) == 1


async def test_with_nothing_set_it_says_what_to_set(tmp_path: Path) -> None:
    status, _, err = await imagine_bot(tmp_path, "run")
    assert status == 2
    for name in ("DISCORD_TOKEN", "SLACK_BOT_TOKEN", "PLAYGROUND", "imagine-bot demo"):
        assert name in err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"playground": 1}, "COMETAPI_KEY is not set"),
        ({"playground": 1, "comet_api_key": "secret"}, "COMET_API_KEY is no setting. Did you mean COMETAPI_KEY?"),
        ({"discord_tokn": "secret"}, "DISCORD_TOKN is no setting. Did you mean DISCORD_TOKEN?"),
        ({"slack_bot_token": "xoxb-1", "cometapi_key": "sk-1"}, "set SLACK_APP_TOKEN"),
        ({"http_port": "many"}, "HTTP_PORT: Write a whole number."),
        ({**PLAYGROUND, "database_url": "mysql://u:secret@h/d"}, "DATABASE_URL"),
        ({**PLAYGROUND, "database_url": "postgresql://u:a@b:secret@h/d"}, "is not the address of a database"),
        ({**PLAYGROUND, "database_url": "postgresql://u:p@h/d?keepalive=secret"}, "not supported: keepalive"),
        ({**PLAYGROUND, "image_store": "/dev/null/images"}, "image store"),
        (
            {**PLAYGROUND, "http_port": 8099, "playground_port": 8099},
            "PLAYGROUND_PORT: Write another port than that of",
        ),
        (
            {**PLAYGROUND, "playground_key_file": "~/key"},
            "PLAYGROUND_KEY_FILE: Write the whole path, such as /data/key",
        ),
        ({**PLAYGROUND, "playground_key_file": "/dev/null/key"}, "The playground's key can't be kept in /dev/null/key"),
        ({**PLAYGROUND, "database_url": "sqlite:///~/imagine.db"}, "~/imagine.db. Write the whole path"),
        ({**PLAYGROUND, "database_url": "sqlite:///C:\\bot\\imagine.db"}, "imagine.db. Write the whole path"),
    ],
)
async def test_a_wrong_setting_is_a_clear_sentence(tmp_path: Path, settings: dict[str, object], words: str) -> None:
    status, out, err = await imagine_bot(tmp_path, "run", **settings)
    assert status in {1, 2}
    assert words in err
    assert "secret" not in out + err


async def test_readiness_waits_for_the_platforms(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord:
        discord.gateway.refusals = 100  # until somebody has looked
        port = free_port()
        given = {"cometapi_key": "sk-1", "cometapi_base_url": gateway.base_url, "http_port": port}
        process = await fork(["run"], tmp_path, environment({**given, **discord_settings(discord)}))
        await process.stdout.readline()
        seen = []
        async with asyncio.timeout(60), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            while 200 not in seen:
                async with session.get("/healthz") as answer:
                    assert answer.status == 200
                async with session.get("/readyz") as answer:
                    seen.append(answer.status)
                    assert (await answer.json())["platforms"] == {"discord": answer.status == 200}
                discord.gateway.refusals = 0
                await asyncio.sleep(0.05)
        process.terminate()
        await process.communicate()
        assert set(seen) == {503, 200}
        assert process.returncode == 0


async def test_the_doctor_finds_everything_well(tmp_path: Path, gateway: FakeCometAPI) -> None:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        async with connected(discord):  # the bot has run before, and registered its commands
            pass
        given = {"cometapi_key": "sk-1", "cometapi_base_url": gateway.base_url}
        status, out, _ = await imagine_bot(
            tmp_path, "doctor", **given, **discord_settings(discord), **settings_for(slack, "socket")
        )
    assert "FAIL" not in out, out
    assert status == 0
    assert out.endswith("All is well. To start the bot: imagine-bot run\n")
    for name in ("settings", "database", "image store", "gateway key", "default model", "price", "balance"):
        assert name in out


async def test_without_a_command_newcomers_are_told_what_to_type(tmp_path: Path) -> None:
    status, out, err = await imagine_bot(tmp_path)
    assert (status, err) == (2, "")
    assert "imagine-bot demo" in out
    assert "imagine-bot setup" in out


@pytest.mark.parametrize("alone", ["slack_app_token", "slack_signing_secret"])
async def test_a_part_of_slacks_settings_is_not_called_nothing(tmp_path: Path, alone: str) -> None:
    given = {"cometapi_key": "sk-1", alone: "xapp-secret"}
    status, out, err = await imagine_bot(tmp_path, "run", **given)
    assert (status, out) == (2, "")
    assert "set SLACK_BOT_TOKEN too" in err
    assert alone.upper() in err
    _, out, _ = await imagine_bot(tmp_path, "doctor", cometapi_base_url="http://127.0.0.1:9/v1", **given)
    assert "FAIL  Slack bot token: SLACK_BOT_TOKEN is not set." in out
    assert "No platform is set up" not in out


async def test_at_a_terminal_the_doctor_puts_signs_and_a_last_sentence(tmp_path: Path) -> None:
    for more, sign in (({}, "\x1b[31m✗\x1b[0m "), ({"no_color": "1"}, "✗ ")):
        async with Operator(tmp_path, "doctor", settings={"lc_all": "C.UTF-8", **more}) as operator:
            assert await operator.ended() == 1
            await operator.sees("the line below each failure says what to do.")
        assert f"{sign}gateway settings: COMETAPI_KEY is not set." in operator.screen
        assert operator.screen.rstrip().endswith("the line below each failure says what to do.")


async def test_the_doctor_says_what_to_do(tmp_path: Path, gateway: FakeCometAPI) -> None:
    gateway.keys = {"sk-right"}
    async with FakeDiscord() as discord, FakeSlack() as slack:
        slack.scopes.remove("files:write")
        wrong = {**discord_settings(discord), "discord_token": "wrong-token", "cometapi_key": "sk-wrong"}
        status, out, err = await imagine_bot(
            tmp_path,
            "doctor",
            cometapi_base_url=gateway.base_url,
            default_model="dall-e-9",
            image_store="/dev/null/images",
            **wrong,
            **settings_for(slack, "socket"),
        )
    assert status == 1
    for advice in (
        "The gateway refuses COMETAPI_KEY",
        "Set COMETAPI_KEY",
        "DEFAULT_MODEL",
        "IMAGE_STORE",
        "DISCORD_TOKEN",
        "files:write",
    ):
        assert advice in out, (advice, out)
    assert "wrong-token" not in out + err


async def test_the_manifest_needs_nothing_but_pasting(tmp_path: Path) -> None:
    status, out, _ = await imagine_bot(tmp_path, "slack-manifest")
    assert status == 0
    manifest = yaml.safe_load(out)
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [
        "/imagine",
        "/quota",
        "/history",
    ]
    assert manifest["settings"]["socket_mode_enabled"] is True


async def test_the_manifest_has_the_names_that_are_set_also_beside_bad_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_IMAGINE_COMMAND='/draw'\nQUOTA_IMAGES=many\n")
    status, out, _ = await imagine_bot(tmp_path, "slack-manifest", slack_quota_command="left")
    assert status == 0
    typed = [command["command"] for command in yaml.safe_load(out)["features"]["slash_commands"]]
    assert typed == ["/draw", "/left", "/history"]


async def test_a_name_that_slack_does_not_take_and_a_file_of_settings_that_cannot_be_read_are_one_line(
    tmp_path: Path,
) -> None:
    status, _, err = await imagine_bot(tmp_path, "slack-manifest", slack_quota_command="My quota")
    assert (status, err.startswith("SLACK_QUOTA_COMMAND: Write a name such as /imagine"), err.count("\n")) == (
        2,
        True,
        1,
    )
    (tmp_path / ".env").write_bytes(b"\0")
    for command in ("slack-manifest", "doctor"):
        status, _, err = await imagine_bot(tmp_path, command)
        assert (status, err) == (2, ".env: This file is not text in UTF-8. Save it as UTF-8.\n")


async def test_the_invitation_is_an_address(tmp_path: Path) -> None:
    async with FakeDiscord() as discord:
        status, out, _ = await imagine_bot(tmp_path, "discord-invite", **discord_settings(discord))
    assert status == 0
    assert out.startswith("https://discord.com/oauth2/authorize?client_id=")
    assert "permissions=" in out


@pytest.mark.parametrize("wrong", [("--port", "70000"), ("--delay", "-1"), ("--delay", "nan")])
async def test_a_wrong_argument_is_a_clear_sentence(tmp_path: Path, wrong: tuple[str, str]) -> None:
    status, _, err = await imagine_bot(tmp_path, "sandbox", *wrong)
    assert status == 2
    assert f"argument {wrong[0]}: " in err.splitlines()[-1]


async def test_the_sandbox_serves_until_it_is_stopped(tmp_path: Path) -> None:
    port = free_port()
    process = await fork(["sandbox", "--port", str(port), "--delay", "0"], tmp_path, environment({}))
    async with asyncio.timeout(60):
        assert f"COMETAPI_BASE_URL=http://127.0.0.1:{port}/v1" in (await process.stdout.readline()).decode()
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/api/models") as answer:
            assert (await answer.json())["success"] is True
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@pytest.mark.skipif(not (ROOT / ".venv/.installed-dev").exists(), reason="the repository has no environment of its own")
async def test_the_repositorys_command_runs_from_any_folder_and_stays_there(tmp_path: Path) -> None:
    link = tmp_path / "imagine-bot"
    link.symlink_to(ROOT / "imagine-bot")
    (tmp_path / ".env").write_text("QUOTA_IMAGES=nonsense\n")
    process = await asyncio.create_subprocess_exec(
        link, "run", cwd=tmp_path, env=environment({}), stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert b"QUOTA_IMAGES" in err
