"""Facts come from an interaction's payload: not from what the gateway tells, and not from a library's tables."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from discord import Guild
from discord.abc import GuildChannel

from tests.conftest import StartBot
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_world import CHANNEL, Channel

UNKNOWN_TYPE = 99


async def test_a_channel_that_the_bot_cannot_view_is_called_by_its_name(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    discord.world.channels[CHANNEL].bot_can_view = False
    async with start_bot(**settings(discord)):
        await people.imagine("a boat")
        await people.wait_for(lambda seen: bool(seen.images))
        await discord.command("history")
        page = await people.wait_for(lambda seen: "Your images" in seen.text)
    assert "#design" in page.text
    assert "hidden" not in page.text


@pytest.mark.usefixtures("bot")
async def test_a_channel_of_a_new_type_is_a_place_of_its_own(people: DiscordDriver, discord: FakeDiscord) -> None:
    stage = Channel(id=discord.world.snowflake(), name="stage")
    discord.world.channels[stage.id] = stage
    discord.alter = lambda payload: {**payload, "channel": {**payload["channel"], "type": UNKNOWN_TYPE}}
    await discord.command("imagine", {"prompt": "a boat"}, channel=stage.id)
    await people.wait_for(lambda seen: bool(seen.images))
    await discord.command("history")
    assert "#stage" in (await people.wait_for(lambda seen: "Your images" in seen.text)).text


async def test_what_the_gateway_tells_of_thousands_of_servers_is_not_kept(
    discord: FakeDiscord, start_bot: StartBot, people: DiscordDriver
) -> None:
    discord.world.servers = 5000
    async with start_bot(**settings(discord)):
        for _ in range(20):  # as if it had asked for them
            await discord.gateway.dispatch("GUILD_CREATE", payloads.guild(discord.world))
        await people.quota()
        await people.wait_for(lambda seen: "20 of 20" in seen.text)
        gc.collect()
        kept = [each for each in gc.get_objects() if isinstance(each, (Guild, GuildChannel))]
    assert len(kept) < 20


def without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda payload: {name: value for name, value in payload.items() if name not in names}


@pytest.mark.usefixtures("bot")
async def test_what_discord_leaves_out_is_done_without(people: DiscordDriver, discord: FakeDiscord) -> None:
    discord.alter = without(
        "attachment_size_limit", "version", "application_id", "context", "app_permissions", "entitlements"
    )
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert discord.gateway.identified == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"entitlements": [{"id": "not a number"}]},
        {"authorizing_integration_owners": {"somebody": "odd"}},
        {"member": {"user": {}}},
        {"app_permissions": "many"},
        {"channel": "#design"},
        {"locale": ["en"], "entitlements": "odd"},
    ],
)
@pytest.mark.usefixtures("bot")
async def test_an_interaction_that_cannot_be_read_is_answered_and_costs_nobody_else_theirs(
    people: DiscordDriver, discord: FakeDiscord, odd: dict[str, Any]
) -> None:
    discord.alter = lambda payload: {**payload, **odd}
    await people.imagine("a boat")
    assert (await people.wait_for(lambda seen: "Something went wrong" in seen.text)).private
    discord.alter = lambda payload: payload
    await people.imagine("a kite")
    await people.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images))
    assert discord.gateway.identified == 1


@pytest.mark.usefixtures("bot")
async def test_an_interaction_that_cannot_even_be_answered_leaves_the_session(
    people: DiscordDriver, discord: FakeDiscord
) -> None:
    some = {"id": "1", "type": 2, "application_id": "2", "token": "t"}
    for odd in ({}, None, ["interaction"], without("token")(some), {**some, "id": "one"}, {**some, "locale": ["en"]}):
        await discord.gateway.dispatch("INTERACTION_CREATE", odd)
    await people.imagine("a kite")
    await people.wait_for(lambda seen: bool(seen.images))
    assert (discord.gateway.identified, discord.gateway.resumed, discord.gateway.opened) == (1, 0, 1)
