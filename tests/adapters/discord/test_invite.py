"""What an operator reads: the invitation, and the doctor's lines."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.discord import doctor
from adapters.discord.application import application
from adapters.discord.invite import invite_url
from adapters.discord.settings import DiscordSettings
from bot.core.doctor import Check
from bot.core.errors import TokenRefused
from tests.adapters.discord.alone import connected, connecting, until
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import APPLICATION, GUILD, TO_PEOPLE, TO_SERVERS

ELSEWHERE = "800000000000000002"


def given(discord: FakeDiscord, **more: str) -> DiscordSettings:
    return DiscordSettings.model_validate({**settings(discord), **more})


async def test_the_invitation_asks_for_what_is_used_and_nothing_else(discord: FakeDiscord) -> None:
    url = urlsplit(invite_url((await application(given(discord))).id))
    query = parse_qs(url.query)
    assert url.hostname == "discord.com"
    assert query["client_id"] == [APPLICATION]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    view, send, attach, in_threads = 1 << 10, 1 << 11, 1 << 15, 1 << 38
    assert int(query["permissions"][0]) == view | send | attach | in_threads


async def test_a_bad_token_is_said_without_telling_it(discord: FakeDiscord) -> None:
    with pytest.raises(TokenRefused, match="DISCORD_TOKEN") as refused:
        await application(given(discord, discord_token="wrong-token"))
    assert "wrong-token" not in str(refused.value)


async def test_a_healthy_bot(discord: FakeDiscord) -> None:
    async with connected(discord):
        pass
    checks = await doctor.checks(given(discord))
    assert all(check.ok for check in checks)
    assert "imagine" in str(checks[0].detail)
    assert "as this release has them" in str((await check(discord, "commands")).detail)


async def check(discord: FakeDiscord, about: str) -> Check:
    """Ask the doctor about one thing."""
    return next(each for each in await doctor.checks(given(discord)) if each.name == f"Discord {about}")


async def test_a_bot_without_commands_is_a_failure(discord: FakeDiscord) -> None:
    said = await check(discord, "commands")
    assert not said.ok
    assert "/readyz" in str(said.advice)


@pytest.mark.parametrize(
    "refusal", [Fault(where="PUT", status=400, code=50035), Fault(where="PUT", status=403, code=20012)]
)
async def test_a_bot_whose_commands_are_refused_is_a_failure(discord: FakeDiscord, refusal: Fault) -> None:
    discord.fail(replace(refusal))
    async with connecting(discord) as adapter:
        await until(lambda: "not registered:" in adapter.unready)
        assert not (await check(discord, "commands")).ok


async def test_commands_of_another_release_are_told(discord: FakeDiscord) -> None:
    async with connected(discord):
        pass
    discord.world.commands[0]["description"] = "Something else"
    said = await check(discord, "commands")
    assert said.ok  # they are replaced when the bot starts
    assert "not those of this release" in str(said.detail)
    discord.world.install_types = {TO_SERVERS}
    assert "not those of this release" in str((await check(discord, "commands")).detail)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(where="/commands", status=403, code=50001), "403, code 50001"),
        (Fault(where="/commands", status=429, page="<!DOCTYPE html>Slow down"), "429, code 0"),
        (Fault(where="/commands", cut=True, times=2), "Disconnected"),
    ],
)
async def test_commands_that_discord_does_not_tell_are_a_failure(
    discord: FakeDiscord, fault: Fault, words: str
) -> None:
    discord.fail(replace(fault))
    said = await check(discord, "commands")
    assert not said.ok
    assert words in str(said.detail)
    assert "html" not in str(said.detail)


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({TO_SERVERS}, "User Install is off"),
        ({TO_PEOPLE}, "Guild Install is off"),
        ({TO_SERVERS, TO_PEOPLE}, "User Install is on"),
    ],
)
async def test_how_the_bot_can_be_installed_is_told(discord: FakeDiscord, types: set[int], words: str) -> None:
    discord.world.install_types = types
    said = await check(discord, "installation")
    assert said.ok
    assert words in str(said.detail)


async def test_servers_shards_and_the_sessions_left_today_are_told(discord: FakeDiscord) -> None:
    discord.world.servers, discord.rest.shards, discord.gateway.used_today = 1200, 2, 100
    said = await check(discord, "sessions")
    assert said.ok
    assert all(words in str(said.detail) for words in ("servers: 1200", "recommends: 2", "900 of 1000"))
    discord.gateway.used_today = 990
    few = await check(discord, "sessions")
    assert not few.ok
    assert "restarts" in str(few.advice)
    discord.world.servers = 2501
    many = await check(discord, "sessions")
    assert not many.ok
    assert "4011" in str(many.detail)


async def test_sessions_that_discord_does_not_tell_are_no_failure(discord: FakeDiscord) -> None:
    discord.fail(Fault(where="/gateway/bot", status=403, code=40333))
    assert (await check(discord, "sessions")).ok


async def test_a_bad_token(discord: FakeDiscord) -> None:
    (check,) = await doctor.checks(given(discord, discord_token="wrong-token"))
    assert not check.ok
    assert "DISCORD_TOKEN" in str(check.advice)


async def test_nobody_there(discord: FakeDiscord) -> None:
    (check,) = await doctor.checks(given(discord, discord_api_url="http://127.0.0.1:9/api/v10"))
    assert not check.ok
    assert "DISCORD_API_URL" in str(check.advice)


async def test_interactions_that_are_sent_elsewhere(discord: FakeDiscord) -> None:
    discord.world.interactions_endpoint = "https://elsewhere.example/"
    checks = await doctor.checks(given(discord))
    assert "Interactions Endpoint URL" in str(next(check.advice for check in checks if not check.ok))


async def test_anybody_may_spend_the_key_of_a_public_bot_without_servers(discord: FakeDiscord) -> None:
    checks = await doctor.checks(given(discord))
    said = next(check for check in checks if "spend your key" in str(check.detail))
    assert said.ok  # the bot works
    assert "DISCORD_SERVERS" in str(said.advice)
    closed = await doctor.checks(given(discord, discord_servers=GUILD))
    discord.world.bot_is_public = False
    private = await doctor.checks(given(discord))
    assert not any("spend your key" in str(check.detail) for check in (*closed, *private))


@pytest.mark.parametrize(
    ("servers", "elsewhere", "away", "ok"),
    [
        (GUILD, "", [], True),
        (f"{GUILD},{ELSEWHERE}", "", [ELSEWHERE], True),
        (ELSEWHERE, "", [ELSEWHERE], False),
        (ELSEWHERE, "nobody", [ELSEWHERE], True),
    ],
)
async def test_servers_that_the_bot_is_not_in_are_named(
    discord: FakeDiscord, servers: str, elsewhere: str, away: list[str], ok: bool
) -> None:
    named = {"discord_servers": servers, **({"discord_elsewhere": elsewhere} if elsewhere else {})}
    said = (await doctor.checks(given(discord, **named)))[-1]
    assert said.ok is ok
    assert [server for server in (GUILD, ELSEWHERE) if server in str(said.detail)] == away
    assert ("DISCORD_SERVERS" in str(said.advice)) is bool(away)


@pytest.mark.parametrize(("ahead", "said"), [(1000, "behind"), (-1000, "ahead of"), (2, "")])
async def test_a_clock_that_is_wrong_is_named(discord: FakeDiscord, ahead: float, said: str) -> None:
    discord.world.ahead = ahead
    named = [check for check in await doctor.checks(given(discord)) if "clock" in str(check.detail)]
    assert [f"s {said} Discord's" in str(check.detail) for check in named] == ([True] if said else [])
    assert all(check.ok and "NTP" in str(check.advice) for check in named)  # the bot works


async def test_what_keeps_the_bot_out_of_servers_is_told(discord: FakeDiscord) -> None:
    discord.world.bot_asks_for_code, discord.world.servers = True, 0
    said = [
        str(each.detail) + str(each.advice)
        for each in await doctor.checks(given(discord))
        if each.name == "Discord invitation"
    ]
    assert "Switch it off" in said[0]
    assert "in any server yet" in said[1]
    assert "https://discord.com/oauth2/authorize?" in said[1]


async def test_a_public_bot_is_told_the_two_switches_in_their_order(discord: FakeDiscord) -> None:
    advice = str((await check(discord, "access")).advice)
    assert advice.index("Install Link") < advice.index("Public Bot")
