"""Who may draw: if the operator named servers, their people, in every place; in buttons and forms too."""

import logging
from datetime import UTC, datetime

import pytest

from tests.adapters.discord.clocked import bot_on, said
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import CHANNEL, GROUP, GUILD, THREAD, Channel
from tests.support.builders import MovableClock

ANOTHER_SERVER = "800000000000000002"
STRANGER = "Only people of Studio can draw here. Nothing was charged."
NOT_HERE = "This bot draws only in its own servers. Nothing was charged."
ASKED = f"/guilds/{GUILD}/members/"


@pytest.fixture
def places(discord: FakeDiscord) -> dict[str, str]:
    """Make a place of every kind, and return their ids."""
    world = discord.world
    lounge = Channel(id=world.snowflake(), name="lounge", guild=ANOTHER_SERVER, bot_is_member=False)
    below = Channel(
        id=world.snowflake(), name="t", kind=THREAD, parent=lounge.id, guild=ANOTHER_SERVER, bot_is_member=False
    )
    friends = Channel(id=world.snowflake(), name="friends", kind=GROUP, bot_is_member=False)
    world.channels |= {each.id: each for each in (lounge, below, friends)}
    return {"another server": lounge.id, "its thread": below.id, "a group": friends.id}


def direct(discord: FakeDiscord, person: str) -> str:
    return discord.world.direct_channel(discord.world.person(person)).id


def asked(discord: FakeDiscord) -> int:
    return sum(ASKED in line for line in discord.rest.requests)


async def draws(discord: FakeDiscord, person: str, channel: str) -> str:
    return await said(discord, await discord.command("imagine", {"prompt": "a boat"}, person=person, channel=channel))


async def test_a_stranger_draws_nowhere_and_a_member_everywhere(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot, places: dict[str, str]
) -> None:
    async with start_bot(discord_servers=GUILD, **settings(discord)):
        for place in (*places.values(), direct(discord, "mallory")):
            assert await draws(discord, "mallory", place) == STRANGER
        assert gateway.requests == []
        assert await draws(discord, "ada", CHANNEL) == ""
        for place in (*places.values(), direct(discord, "ada")):
            assert await draws(discord, "ada", place) == ""
            await people.wait_for(lambda seen: bool(seen.images) and people._message(seen).channel == place)  # noqa: B023
        await discord.until(lambda: len(gateway.requests) == 5)
    assert asked(discord) == 2  # each person once


async def test_a_stranger_spends_through_no_button_and_no_form(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot, places: dict[str, str]
) -> None:
    async with start_bot(discord_servers=GUILD, **settings(discord)):
        await draws(discord, "ada", CHANNEL)
        await draws(discord, "ada", places["another server"])
        await discord.until(lambda: sum(bool(seen.images) for seen in people.seen()) == 2)
        drawn = next(each for each in discord.world.messages.values() if each.channel != CHANNEL)
        job = next(button["custom_id"] for button in drawn.buttons()).partition(":")[2]
        for label in ("Again", "Edit prompt"):
            assert await said(discord, await discord.press(drawn, label, person="mallory")) == STRANGER
        assert await said(discord, await discord.forge(job, "a kite", person="mallory", message=drawn)) == STRANGER
        assert await said(discord, await discord.forge("", "a kite", person="mallory", message=drawn)) == STRANGER
        # In the bot's own server everybody is a member.
        await discord.answered(
            await discord.press(next(iter(discord.world.messages.values())), "Again", person="grace")
        )
        await discord.until(lambda: len(gateway.requests) == 3)


@pytest.mark.parametrize(
    ("elsewhere", "in_a_group", "directly", "in_another_server"),
    [("everyone", "", "", ""), ("nobody", NOT_HERE, NOT_HERE, NOT_HERE)],
)
async def test_nobody_is_asked_about_if_membership_does_not_matter(
    discord: FakeDiscord,
    start_bot: StartBot,
    places: dict[str, str],
    elsewhere: str,
    in_a_group: str,
    directly: str,
    in_another_server: str,
) -> None:
    async with start_bot(discord_servers=GUILD, discord_elsewhere=elsewhere, **settings(discord)):
        assert await draws(discord, "ada", CHANNEL) == ""
        assert await draws(discord, "mallory", places["a group"]) == in_a_group
        assert await draws(discord, "bob", direct(discord, "bob")) == directly
        assert await draws(discord, "eve", places["another server"]) == in_another_server
    assert asked(discord) == 0


async def test_without_servers_nobody_elsewhere_means_in_servers_alone(
    discord: FakeDiscord, start_bot: StartBot, places: dict[str, str]
) -> None:
    async with start_bot(discord_elsewhere="nobody", **settings(discord)):
        assert await draws(discord, "mallory", places["another server"]) == ""
        assert await draws(discord, "bob", direct(discord, "bob")) == NOT_HERE


async def test_members_of_any_of_several_servers_draw(discord: FakeDiscord, start_bot: StartBot) -> None:
    discord.world.bots_guilds.add(ANOTHER_SERVER)
    discord.world.members[ANOTHER_SERVER] = {discord.world.person("ada")}
    async with start_bot(discord_servers=f"{GUILD}, {ANOTHER_SERVER}", **settings(discord)):
        assert await draws(discord, "ada", direct(discord, "ada")) == ""
        assert await draws(discord, "mallory", direct(discord, "mallory")) == NOT_HERE


async def test_a_person_who_left_draws_until_the_answer_is_old(
    discord: FakeDiscord, gateway: FakeCometAPI, bot_settings: BotSettings
) -> None:
    clock, here = MovableClock(datetime.now(UTC)), direct(discord, "ada")
    discord.world.members[GUILD] = {discord.world.person("ada")}
    async with bot_on(clock, bot_settings, discord, discord_servers=GUILD):
        assert await draws(discord, "ada", here) == ""
        discord.world.leave(discord.world.person("ada"))
        clock.move(599)
        assert (await draws(discord, "ada", here), asked(discord)) == ("", 1)
        clock.move(1)
        assert (await draws(discord, "ada", here), asked(discord)) == (STRANGER, 2)
        await discord.until(lambda: len(gateway.requests) == 2)


async def test_while_discord_fails_the_last_answer_holds_and_without_one_nobody_draws(
    discord: FakeDiscord, gateway: FakeCometAPI, bot_settings: BotSettings, caplog: pytest.LogCaptureFixture
) -> None:
    clock, ada, mallory = MovableClock(datetime.now(UTC)), direct(discord, "ada"), direct(discord, "mallory")
    discord.world.members[GUILD] = {discord.world.person("ada")}
    async with bot_on(clock, bot_settings, discord, discord_servers=GUILD):
        await draws(discord, "ada", ada)
        await draws(discord, "mallory", mallory)
        clock.move(600)
        discord.fail(Fault(where=ASKED, status=503, times=3))
        assert await draws(discord, "ada", ada) == ""
        assert await draws(discord, "mallory", mallory) == STRANGER
        assert "busy" in await draws(discord, "bob", direct(discord, "bob"))
        discord.fail(Fault(where=ASKED, status=500))  # discord.py waits a second, and would try again
        assert "busy" in await draws(discord, "bob", direct(discord, "bob"))
        assert await draws(discord, "bob", direct(discord, "bob")) == STRANGER
        await discord.until(lambda: len(gateway.requests) == 2)
    assert "Discord does not say the membership" in caplog.text


async def test_a_server_that_the_bot_has_left_says_nothing_of_its_members(
    discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(discord_servers=ANOTHER_SERVER, **settings(discord)):
        assert "busy" in await draws(discord, "ada", CHANNEL)
    assert gateway.requests == []


async def test_the_start_says_that_anybody_may_spend_the_key(
    discord: FakeDiscord, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with start_bot(**settings(discord)):
        pass
    told = [record for record in caplog.records if "DISCORD_SERVERS" in record.message]
    assert [record.levelno for record in told] == [logging.WARNING]
    caplog.clear()
    async with start_bot(discord_servers=GUILD, **settings(discord)):
        pass
    assert "DISCORD_SERVERS" not in caplog.text
