"""The connection: commands are registered when they changed, and a broken connection is made again."""

import asyncio

import pytest
from discord import LoginFailure

from adapters.discord.connection import Connection, configure
from adapters.discord.parse import Interaction
from adapters.discord.sessions import Sessions
from bot.core.tasks import Tasks
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
from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import CHANNEL

PUT_COMMANDS = "PUT /applications/900000000000000001/commands"


async def test_the_commands_are_registered_for_every_place(discord: FakeDiscord, start_bot: StartBot) -> None:
    async with start_bot(**settings(discord)):
        commands = {command["name"]: command for command in discord.world.commands}
    assert set(commands) == {"imagine", "quota", "history", "show"}
    assert all(
        command["contexts"] == [0, 1, 2] and command["integration_types"] == [0, 1] for command in commands.values()
    )
    options = {option["name"]: option for option in commands["imagine"]["options"]}
    assert options["prompt"]["required"]
    assert (options["n"]["min_value"], options["n"]["max_value"]) == (1, 10)


async def test_commands_are_registered_only_when_they_changed(discord: FakeDiscord, start_bot: StartBot) -> None:
    for _ in range(2):
        async with start_bot(**settings(discord)):
            pass
    assert discord.rest.requests.count(PUT_COMMANDS) == 1
    discord.world.commands[0]["description"] = "Something else"
    async with start_bot(**settings(discord)):
        pass
    assert discord.rest.requests.count(PUT_COMMANDS) == 2


async def test_a_first_handshake_that_fails_is_tried_again(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    discord.gateway.refusals = 1
    async with start_bot(**settings(discord)):
        await people.quota()
        await people.wait_for(lambda seen: "20 of 20" in seen.text)


async def test_a_login_that_fails_is_tried_again(discord: FakeDiscord, start_bot: StartBot) -> None:
    discord.fail(Fault(where="/users/@me", cut=True))
    async with start_bot(**settings(discord)) as running:
        assert await running.ready()


async def test_what_was_missed_while_away_is_answered(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        await discord.gateway.cut()
        await people.quota()
        await people.wait_for(lambda seen: "20 of 20" in seen.text)
    assert (discord.gateway.identified, discord.gateway.resumed) == (1, 1)


async def test_a_server_that_asks_to_reconnect_is_obeyed(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        await discord.gateway.ask_to_reconnect()
        await discord.gateway.wait_for_resumes(1)
        await people.quota()
        await people.wait_for(lambda seen: "20 of 20" in seen.text)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, "Discord answered 503 at the login, code 0"),
        (200, "what answers at {url} is not Discord: it may be a proxy's web page"),
    ],
)
async def test_a_login_that_fails_is_said_without_the_page(discord: FakeDiscord, status: int, said: str) -> None:
    discord.fail(Fault(where="/users/@me", status=status, page="<!DOCTYPE html>Away"))
    async with run(adapter_on(discord)) as running:
        error = await running
    assert isinstance(error, ConnectionError)
    assert str(error) == said.format(url=discord.api_url)


@pytest.mark.parametrize("via", [True, False])
async def test_what_discord_asks_to_wait_before_the_login_is_waited(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture, via: bool
) -> None:
    discord.fail(Fault(where="/users/@me", status=429, retry_after=AN_HOUR, via=via))
    async with connecting(discord) as adapter:
        await until(lambda: "wait 3600 s" in adapter.unready)
        await after_a_while()
    assert discord.rest.requests == ["GET /users/@me"]
    assert len(said(caplog, "wait 3600 s")) == 1


async def test_the_library_says_once_what_it_says_again_and_again(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    discord.fail(Fault(where="PUT", status=429, retry_after=0.01, times=4))
    async with connected(discord):
        assert len(said(caplog, "We are being rate limited")) <= 1


async def test_a_bad_token_is_not_ready(discord: FakeDiscord, start_bot: StartBot) -> None:
    async with start_bot(wait=False, **settings(discord) | {"discord_token": "wrong"}) as running:
        await discord.until(lambda: "GET /users/@me" in discord.rest.requests)
        assert not await running.ready()
    assert discord.gateway.identified == 0


async def test_the_first_command_of_many_is_begun_before_the_last_is_read(discord: FakeDiscord) -> None:
    events: list[str] = []
    begun = Tasks()

    async def begin() -> None:
        events.append("begun")

    def received(_: Interaction) -> None:
        events.append("read")
        begun.spawn(begin(), "a command")

    configure(discord.api_url, discord.gateway_url)
    async with Connection(received=received, unreadable=lambda _: None) as connection:
        await connection.login(discord.token)
        following = asyncio.create_task(Sessions(QUICK).keep(connection))
        await until(lambda: connection.up)
        for number in range(40):
            person, data = discord.world.person(str(number)), {"id": "1", "name": "quota", "type": 1}
            await discord.send(discord.world.interact(kind=2, person=person, channel=CHANNEL, data=data))
        await until(lambda: len(events) == 80)
        following.cancel()
        await asyncio.wait({following})
    assert events == ["read", "begun"] * 40


async def test_a_close_that_is_cancelled_leaves_nothing_open(discord: FakeDiscord) -> None:
    configure(discord.api_url, discord.gateway_url)
    connection = Connection(received=lambda _: None, unreadable=lambda _: None)
    async with connection:
        with pytest.raises(LoginFailure):
            await connection.login("no token of this bot")
        closing = asyncio.create_task(connection.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert connection.http.connector.closed
