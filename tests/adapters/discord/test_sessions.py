"""Sessions with the gateway: what Discord, networks and restarts do to them."""

import asyncio
import logging
from http import HTTPStatus

import pytest

from adapters.discord.pace import Timings
from bot.core.errors import TokenRefused
from tests.adapters.discord.alone import (
    AN_HOUR,
    QUICK,
    adapter_on,
    after_a_while,
    connected,
    connecting,
    run,
    said,
    until,
)
from tests.fakes.discord import FakeDiscord

PUT_COMMANDS = "PUT /applications/900000000000000001/commands"
RARE_SESSIONS = QUICK._replace(session=AN_HOUR, longest_session=AN_HOUR)
RARE_CONNECTIONS = QUICK._replace(connection=AN_HOUR, longest_connection=AN_HOUR)


async def test_sessions_that_are_cut_at_once_wait_before_the_next_one(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.gateway.cuts_after, discord.gateway.forgets = 0, True
    with caplog.at_level(logging.INFO):
        async with connecting(discord) as adapter:
            await discord.gateway.wait_for_sessions(5)
        async with connecting(discord, RARE_SESSIONS) as adapter:
            await discord.gateway.wait_for_sessions(6)
            await until(lambda: "the session is over" in adapter.unready)
            await after_a_while()
    assert discord.gateway.identified == 6
    assert len(said(caplog, "the session is over")) <= 2  # once for each of the two adapters


async def test_connections_that_are_cut_once_resumed_wait_before_the_next_one(discord: FakeDiscord) -> None:
    discord.gateway.cuts_after = 0
    async with connecting(discord, RARE_CONNECTIONS):
        await discord.gateway.wait_for_sessions(1)
        await after_a_while()
        assert discord.gateway.opened == 1


async def test_the_pause_between_sessions_outlives_the_connection(discord: FakeDiscord) -> None:
    adapter = adapter_on(discord, RARE_SESSIONS)
    for _ in range(2):
        async with run(adapter):
            await until(lambda: discord.rest.requests.count("GET /users/@me") > 0)
            await discord.gateway.wait_for_sessions(1)
            await after_a_while()
    assert discord.rest.requests.count("GET /users/@me") == 2
    assert discord.gateway.identified == 1


@pytest.mark.parametrize("used", [980, 1000])
async def test_a_process_that_finds_few_sessions_left_waits_for_the_next_day_and_says_so(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture, used: int
) -> None:
    discord.gateway.used_today = used
    async with connecting(discord) as adapter:
        await until(lambda: "new sessions are left" in adapter.unready)
        await after_a_while()
        assert not discord.gateway.opened
        assert "waiting until" in adapter.unready
    assert len(said(caplog, f"{1000 - used} of the day's 1000", "resets the token", "Find what")) == 1


async def test_the_pause_between_sessions_outlives_the_process(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.gateway.used_today = 400
    async with connected(discord):  # it may be restarted now and then
        assert discord.gateway.identified == 1
    discord.gateway.used_today = 599
    async with connecting(discord) as adapter:  # something restarts it all the time
        await until(lambda: "the next session begins in 227 s" in adapter.unready)
        await after_a_while()
    assert discord.gateway.identified == 1
    assert len(said(caplog, "the next session begins in 227 s")) == 1


async def test_it_connects_when_the_next_day_begins(discord: FakeDiscord) -> None:
    discord.gateway.used_today, discord.gateway.reset_after = 1000, 1
    async with connecting(discord) as adapter:
        await until(lambda: "new sessions are left" in adapter.unready)
        discord.gateway.used_today = 0
        await until(lambda: not adapter.unready)


async def test_a_forgotten_session_is_replaced_without_registering_again(discord: FakeDiscord) -> None:
    async with connected(discord) as adapter:
        await discord.gateway.invalidate()
        await discord.gateway.wait_for_sessions(2)
        await until(lambda: not adapter.unready)
    assert discord.rest.requests.count(PUT_COMMANDS) == 1


async def test_a_handshake_that_fails_uses_up_no_session_and_no_pause_between_them(discord: FakeDiscord) -> None:
    discord.gateway.refusals = 3
    async with connected(discord, RARE_SESSIONS):
        assert discord.gateway.identified == 1


async def test_a_gateway_that_is_away_is_said_once_without_a_traceback(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(discord):
        discord.gateway.refusals = 8
        await discord.gateway.cut()
        await discord.gateway.wait_for_resumes(1)
    assert len(said(caplog, "answered 503")) == 1
    assert not said(caplog, "Traceback")


async def test_what_a_handshake_is_asked_to_wait_is_waited_and_said(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.gateway.refusals, discord.gateway.refuses_with = 5, HTTPStatus.TOO_MANY_REQUESTS
    discord.gateway.refusal_says = {"Retry-After": "75"}
    async with connecting(discord) as adapter:
        await until(lambda: "75 s" in adapter.unready)
        await after_a_while()
    assert (discord.gateway.opened, discord.rest.requests.count("GET /gateway/bot")) == (1, 1)
    assert len(said(caplog, "75 s")) == 1


async def test_an_address_for_resuming_that_is_gone_is_given_up(discord: FakeDiscord) -> None:
    discord.gateway.resume_url = "ws://127.0.0.1:9/"
    async with connected(discord):
        await discord.gateway.cut()
        await discord.gateway.wait_for_resumes(1)
    assert discord.gateway.identified == 1


async def test_a_session_that_is_never_resumed_is_given_up(discord: FakeDiscord) -> None:
    async with connected(discord) as adapter:
        discord.gateway.closes_resumes_with = 4009
        await discord.gateway.cut()
        await discord.gateway.wait_for_sessions(2)
        await until(lambda: not adapter.unready)


async def test_an_event_that_cannot_be_read_leaves_the_session(discord: FakeDiscord) -> None:
    async with connected(discord) as adapter:
        for event in ("ENTITLEMENT_CREATE", "USER_UPDATE", "CHANNEL_CREATE", "ENTITLEMENT_CREATE"):
            await discord.gateway.dispatch(event, {"odd": True})
        await discord.gateway.ask_to_reconnect()
        await discord.gateway.wait_for_resumes(1)
        await until(lambda: not adapter.unready)
    assert discord.gateway.identified == 1


@pytest.mark.parametrize(("code", "cure"), [(4010, "Update"), (4011, "2,500"), (4012, "Update"), (4014, "Portal")])
async def test_a_close_that_a_person_must_cure_is_said_once_in_words_and_tried_again_rarely(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture, code: int, cure: str
) -> None:
    discord.gateway.closes_with = code
    async with connecting(discord) as adapter:
        await until(lambda: str(code) in adapter.unready)
        await after_a_while()
        assert cure in adapter.unready
    assert discord.gateway.identified == 1
    (line,) = said(caplog, str(code))
    assert cure in line
    assert not said(caplog, "Traceback")


async def test_what_a_person_has_cured_is_found_later(discord: FakeDiscord) -> None:
    discord.gateway.closes_with = 4014
    async with connecting(discord, QUICK._replace(rarely=0.01)) as adapter:
        await discord.gateway.wait_for_sessions(2)
        discord.gateway.closes_with = 0
        await until(lambda: not adapter.unready)


async def test_a_token_that_the_gateway_refuses_is_said_with_the_cure(discord: FakeDiscord) -> None:
    discord.gateway.closes_with = 4004
    async with run(adapter_on(discord, Timings())) as running:
        async with asyncio.timeout(60):
            error = await running
    assert isinstance(error, TokenRefused)
    assert "DISCORD_TOKEN" in str(error.args[0])
