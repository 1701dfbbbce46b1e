"""What an operator gets told: the invitation, and what the doctor finds."""

from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.discord import doctor
from adapters.discord.invite import application_id, invite_url
from adapters.discord.settings import DiscordSettings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_world import APPLICATION, GUILD

ELSEWHERE = "800000000000000002"


def given(discord: FakeDiscord, **more: str) -> DiscordSettings:
    return DiscordSettings.model_validate({**settings(discord), **more})


async def test_the_invitation_asks_for_what_is_used_and_nothing_else(discord: FakeDiscord) -> None:
    url = urlsplit(invite_url(await application_id(discord.token, discord.api_url)))
    query = parse_qs(url.query)
    assert url.hostname == "discord.com"
    assert query["client_id"] == [APPLICATION]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    view, send, attach, in_threads = 1 << 10, 1 << 11, 1 << 15, 1 << 38
    assert int(query["permissions"][0]) == view | send | attach | in_threads


async def test_a_bad_token_is_said_without_telling_it(discord: FakeDiscord) -> None:
    with pytest.raises(ValueError, match="DISCORD_TOKEN") as refused:
        await application_id("wrong-token", discord.api_url)
    assert "wrong-token" not in str(refused.value)


async def test_a_healthy_bot(discord: FakeDiscord) -> None:
    checks = await doctor.checks(given(discord))
    assert all(check.ok for check in checks)
    assert "imagine" in str(checks[0].detail)


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
