"""The commands are registered for what the application supports, with any list of the gateway, and until it worked."""

import logging
from collections.abc import Collection
from dataclasses import replace

import pytest

from bot.sandbox.protocol import catalogue
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
from tests.fakes.cometapi import FakeCometAPI, Says
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import TO_PEOPLE, TO_SERVERS

PUT_COMMANDS = "PUT /applications/900000000000000001/commands"
PAGE = f"<!DOCTYPE html><html><title>Error</title>{'x' * 5000}</html>"
RARELY = QUICK._replace(registration=AN_HOUR)
PASSING = {
    "a rate limit in front of Discord": Fault(where="PUT", status=429, page=PAGE),
    "a rate limit without a length": Fault(where="PUT", status=429),
    "a rate limit when they are read": Fault(where="/commands", status=429, page=PAGE),
    "an overload": Fault(where="PUT", status=503, page=PAGE),
    "a cut": Fault(where="PUT", cut=True, times=2),  # aiohttp repeats it once
    "a page that forbids it": Fault(where="PUT", status=403, page=PAGE),
    "Cloudflare's code": Fault(where="PUT", status=403, code=40333),
    "a code that isn't a number": Fault(where="PUT", status=403, json='{"code": "blocked"}'),
    "a code that is a list": Fault(where="PUT", status=403, json='{"code": ["blocked"]}'),
    "a moment without the application": Fault(where="GET /api/v10/applications/@me", status=503, page=PAGE),
}
DEFINITE = {
    "they are wrong": (Fault(where="PUT", status=400, code=50035), "Installation"),
    "too many a day": (Fault(where="PUT", status=400, code=30034), "tomorrow"),
    "too many": (Fault(where="PUT", status=400, code=30032), "of its own"),
    "not allowed": (Fault(where="PUT", status=403, code=20012), "DISCORD_TOKEN"),
    "not allowed to look": (Fault(where="/commands", status=403, code=50001), "DISCORD_TOKEN"),
}


def live_list(names: Collection[str]) -> Says:
    """Make a live list of these models alone."""
    whole = catalogue()
    data = whole["data"]
    assert isinstance(data, list)
    return Says(body={**whole, "data": [record for record in data if record["id"] in names]})


async def test_three_live_lists_make_one_registration(
    discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    for number, offered in enumerate((["dall-e-3"], ["gpt-image-2", "qwen-image"], ["gpt-image-1-mini"])):
        gateway.catalogue = live_list(offered)
        if number == 1:
            # The first login fails, so that the live list is known at the second.
            discord.fail(Fault(where="/users/@me", cut=True, times=2))
        async with start_bot(**settings(discord)):
            while await discord.complete("model", "") != offered:
                pass
    assert discord.rest.requests.count(PUT_COMMANDS) == 1


async def test_what_depends_on_the_model_is_never_a_list(discord: FakeDiscord, start_bot: StartBot) -> None:
    async with start_bot(**settings(discord)):
        commands = {command["name"]: command for command in discord.world.commands}
    options = {option["name"]: option for option in commands["imagine"]["options"]}
    assert list(options) == ["prompt", "model", "size", "ar", "n", "quality", "style", "background", "output_format"]
    completed = {name for name, option in options.items() if option.get("autocomplete")}
    assert completed == {"model", "size", "quality", "style", "background", "output_format"}
    ratios = [(choice["name"], choice["value"]) for choice in options["ar"]["choices"]]
    assert ratios == [(each, each) for each in ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_what_passes_is_tried_again_and_readiness_says_so_meanwhile(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    discord.fail(replace(fault))
    async with connecting(discord, RARELY) as adapter:
        await until(lambda: "the commands are not registered: " in adapter.unready)
        assert not discord.world.commands
    discord.fail(replace(fault, times=4))
    with caplog.at_level(logging.INFO):
        async with connected(discord):
            assert discord.world.commands
    assert len(said(caplog, "not registered")) == 2  # once for each of the two adapters
    assert not said(caplog, "xxx")
    assert not said(caplog, "Traceback")


async def test_what_discord_asks_to_wait_is_waited(discord: FakeDiscord) -> None:
    discord.fail(Fault(where="PUT", status=429, retry_after=AN_HOUR, via=False))
    discord.fail(Fault(where="PUT", status=429, retry_after=AN_HOUR))
    for _ in range(2):  # from something in front of Discord, and from Discord
        async with connecting(discord) as adapter:
            await until(lambda: "429, and asks to wait 3600 s" in adapter.unready)
            await after_a_while()
            assert not discord.world.commands
    discord.fail(Fault(where="PUT", status=429, retry_after=0.01, via=False))
    async with connected(discord, RARELY):
        assert discord.world.commands


@pytest.mark.parametrize(("fault", "cure"), DEFINITE.values(), ids=DEFINITE)
async def test_a_refusal_is_said_once_with_the_cure_and_tried_again_rarely(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture, fault: Fault, cure: str
) -> None:
    discord.fail(replace(fault))
    async with connecting(discord) as adapter:
        await until(lambda: f"{fault.status}, code {fault.code}" in adapter.unready)
        await after_a_while()
        assert not discord.world.commands
        assert cure in "".join(said(caplog, "not registered"))
    discord.fail(replace(fault))
    async with connected(discord, QUICK._replace(rarely=0.01)):
        assert discord.world.commands
    assert all(line.count(str(fault.code)) == 1 for line in said(caplog, "not registered"))


async def test_the_bot_is_not_ready_with_the_commands_of_another_release(discord: FakeDiscord) -> None:
    async with connected(discord):
        discord.world.commands[0]["description"] = "as another release describes it"
    discord.fail(Fault(where="PUT", status=403, code=20012))
    async with connecting(discord) as adapter:
        await until(lambda: "403, code 20012" in adapter.unready)


async def test_the_bot_is_not_ready_without_its_commands(discord: FakeDiscord, start_bot: StartBot) -> None:
    discord.fail(Fault(where="PUT", status=403, code=20012))
    async with start_bot(wait=False, **settings(discord)) as running:
        said = ""
        while "403, code 20012" not in said:
            ready, details = await running.health.readiness()
            said = str(details.get("unready"))
            await discord.gateway.wait_for_sessions(1)
        assert not ready
        assert "not registered" in said


@pytest.mark.parametrize("types", [{TO_SERVERS}, {TO_PEOPLE}, {TO_SERVERS, TO_PEOPLE}])
async def test_commands_are_registered_for_the_ways_in_which_the_application_is_installed(
    discord: FakeDiscord, types: set[int]
) -> None:
    discord.world.install_types = types
    async with connected(discord):
        pass
    assert {tuple(command["integration_types"]) for command in discord.world.commands} == {tuple(sorted(types))}
    discord.world.install_types = {TO_SERVERS, TO_PEOPLE}
    async with connected(discord):
        pass
    assert {tuple(command["integration_types"]) for command in discord.world.commands} == {(TO_SERVERS, TO_PEOPLE)}


async def test_a_new_login_registers_nothing_again(discord: FakeDiscord) -> None:
    adapter = adapter_on(discord)
    for _ in range(2):
        async with run(adapter):
            await until(lambda: not adapter.unready)
    assert discord.rest.requests.count(PUT_COMMANDS) == 1
