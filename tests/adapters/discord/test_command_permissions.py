"""What a server's admins set for the command holds for its buttons and forms, too; Discord lets everybody use those."""

from datetime import UTC, datetime

import pytest

from adapters.discord.command_permissions import Permissions, Presser, allowed
from tests.adapters.discord.clocked import bot_on, said
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import ADMINISTRATOR
from tests.fakes.discord_world import (
    A_CHANNEL,
    ALL_CHANNELS,
    APPLICATION,
    CHANNEL,
    EVERYONE,
    GUILD,
    ROLE,
    THREAD,
    USER,
    Channel,
    Message,
)
from tests.support.builders import MovableClock

FORBIDDEN = "The admins here don't let you use this command in this place. Nothing was charged."
ARTIST, GUEST = "500000000000000001", "500000000000000002"
ASKED = f"/guilds/{GUILD}/commands/"
MINUTE = 60


async def drawn(people: DiscordDriver, discord: FakeDiscord, channel: str = CHANNEL) -> Message:
    sent = await discord.command("imagine", {"prompt": "a boat"}, channel=channel)
    await people.wait_for(lambda seen: bool(seen.images) and seen.id == sent.original)
    return discord.world.messages[str(sent.original)]


def job_of(message: Message) -> str:
    return str(message.buttons()[0]["custom_id"]).partition(":")[2]


async def through_every_button(discord: FakeDiscord, message: Message) -> set[str]:
    """Let grace press all buttons, and send a form that she did not open; return what she alone is told."""
    told = {
        await said(discord, await discord.press(message, label, person="grace")) for label in ("Again", "Edit prompt")
    }
    for job in (job_of(message), ""):
        told.add(await said(discord, await discord.forge(job, "a kite", person="grace", message=message)))
    return told


async def test_a_person_who_may_not_use_the_command_draws_through_none_of_its_buttons(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, bot_settings: BotSettings
) -> None:
    world, clock = discord.world, MovableClock(datetime.now(UTC))
    grace = world.person("grace")
    world.roles[grace] = [ARTIST]
    thread = Channel(id=world.snowflake(), name="boats", kind=THREAD, parent=CHANNEL)
    world.channels[thread.id] = thread
    async with bot_on(clock, bot_settings, discord, max_open_jobs_per_user=50):
        here, below = await drawn(people, discord), await drawn(people, discord, thread.id)
        for kind, named in [
            (ROLE, ARTIST),
            (ROLE, EVERYONE),
            (USER, grace),
            (A_CHANNEL, CHANNEL),
            (A_CHANNEL, ALL_CHANNELS),
        ]:
            for command in ("imagine", ""):
                world.command_permissions.clear()
                world.permit(kind, named, False, command=command)
                clock.move(MINUTE)
                for message in (here, below):
                    assert await through_every_button(discord, message) == {FORBIDDEN}, (kind, named, command)
                assert (
                    await said(discord, await discord.press(here, "Edit prompt", person="grace", rights=ADMINISTRATOR))
                    == ""
                )
    assert len(gateway.requests) == 2


async def test_a_person_who_may_use_the_command_may_use_its_buttons(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        world = discord.world
        world.roles[world.person("grace")] = [ARTIST]
        world.permit(ROLE, EVERYONE, False)
        world.permit(ROLE, ARTIST, True)
        message = await drawn(people, discord)
        assert await said(discord, await discord.press(message, "Again", person="grace")) == ""
        assert await said(discord, await discord.press(message, "Again", person="mallory")) == FORBIDDEN
        await discord.until(lambda: len(gateway.requests) == 2)


async def test_what_is_set_is_asked_for_once_a_minute(
    people: DiscordDriver, discord: FakeDiscord, bot_settings: BotSettings
) -> None:
    clock = MovableClock(datetime.now(UTC))
    async with bot_on(clock, bot_settings, discord):
        message = await drawn(people, discord)
        for moved, times in ((0, 1), (59, 1), (1, 2)):
            clock.move(moved)
            assert await said(discord, await discord.press(message, "Edit prompt", person="grace")) == ""
            assert sum(ASKED in line for line in discord.rest.requests) == 2 * times  # the command, and all commands


async def test_a_server_that_the_bot_is_not_in_is_asked_about_no_more_often(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    """Discord bans an address for a while that is refused too often."""
    lounge = Channel(id=discord.world.snowflake(), name="lounge", guild="800000000000000002", bot_is_member=False)
    discord.world.channels[lounge.id] = lounge
    async with start_bot(**settings(discord)):
        message = await drawn(people, discord, lounge.id)
        for _ in range(2):
            assert await said(discord, await discord.press(message, "Edit prompt", person="grace")) == ""
    assert sum(f"/guilds/{lounge.guild}/commands/" in line for line in discord.rest.requests) == 2


async def test_while_discord_does_not_say_everybody_may_and_it_is_logged(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with start_bot(**settings(discord)):
        discord.world.permit(USER, discord.world.person("grace"), False)
        message = await drawn(people, discord)
        discord.fail(Fault(where=ASKED, status=503, times=2))
        assert await said(discord, await discord.press(message, "Edit prompt", person="grace")) == ""
        assert "Discord does not say the command's permissions" in caplog.text
        assert await said(discord, await discord.press(message, "Edit prompt", person="grace")) == FORBIDDEN


async def test_the_commands_ids_are_looked_up_if_they_were_not_at_the_start(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        pass
    discord.fail(Fault(where=f"GET /api/v10/applications/{APPLICATION}/commands", status=503))
    async with start_bot(**settings(discord)):
        discord.world.permit(USER, discord.world.person("grace"), False)
        message = await drawn(people, discord)
        assert await said(discord, await discord.press(message, "Again", person="grace")) == FORBIDDEN


ME, SERVER, HERE, ALL = 1, 100, 7, 99


@pytest.mark.parametrize(
    ("of_command", "of_app", "may"),
    [
        ({}, {}, True),
        ({(USER, ME): True, (ROLE, 2): False}, {}, True),
        ({(USER, ME): False, (ROLE, 2): True}, {}, False),
        ({(ROLE, 2): True, (ROLE, 3): False}, {}, True),
        ({(ROLE, 2): False, (ROLE, SERVER): True}, {}, False),
        ({(ROLE, 2): True, (ROLE, SERVER): False}, {}, True),
        ({(ROLE, 9): False, (USER, 9): False, (A_CHANNEL, 9): False}, {}, True),
        ({(A_CHANNEL, HERE): True, (A_CHANNEL, ALL): False}, {}, True),
        ({(A_CHANNEL, HERE): False, (A_CHANNEL, ALL): True}, {}, False),
        ({(USER, ME): True, (A_CHANNEL, HERE): False}, {}, False),
        ({(USER, ME): False, (A_CHANNEL, HERE): True}, {}, False),
        ({(ROLE, 2): True}, {(USER, ME): False}, True),
        ({(ROLE, SERVER): False}, {(USER, ME): True}, False),
        ({(A_CHANNEL, ALL): True}, {(A_CHANNEL, HERE): False}, True),
        ({}, {(ROLE, SERVER): False, (ROLE, 3): True, (A_CHANNEL, ALL): False, (A_CHANNEL, HERE): True}, True),
        ({}, {(A_CHANNEL, ALL): False}, False),
    ],
)
def test_the_command_goes_before_the_app_the_user_before_roles_and_the_channel_has_to_be_allowed_too(
    of_command: Permissions, of_app: Permissions, may: bool
) -> None:
    presser = Presser(user=ME, roles=frozenset({2, 3}), administrator=False, server=SERVER, channel=HERE)
    admin = Presser(user=ME, roles=frozenset(), administrator=True, server=SERVER, channel=HERE)
    assert allowed(presser, of_command, of_app) is may
    assert allowed(admin, of_command, of_app)
