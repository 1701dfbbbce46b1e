"""What people deleted stays deleted: its outcome is for the asker alone, or in the history."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.cli.timings import Timings
from tests.adapters.discord.test_delivery import held, listed
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, fails
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import MANAGE_MESSAGES
from tests.fakes.discord_world import CHANNEL, DIRECT, GROUP, Channel, Message
from tests.fakes.driver import Seen

HERE = "The message was deleted here, so only you see this."
THERE = "Your message in #design was deleted, so only you see this."


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def public(discord: FakeDiscord) -> list[Message]:
    """Return everything that others than the asker see."""
    direct = {channel.id for channel in discord.world.channels.values() if channel.kind == DIRECT}
    return [each for each in discord.world.messages.values() if not each.only_for and each.channel not in direct]


async def queued(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("another boat", user="grace")
    await people.wait_for(lambda seen: "Drawing" in seen.text)
    await people.imagine("a boat")
    discord.world.delete((await people.wait_for(lambda seen: "queue" in seen.text)).id)


async def drawing(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    discord.world.delete((await held(people, discord, gateway)).id)


async def put_off(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    gateway.will(fails(429, headers={"Retry-After": "1"}))
    await people.imagine("a boat")
    discord.world.delete((await people.wait_for(lambda seen: "try again" in seen.text)).id)


async def delivering(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    message = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=503))
    gateway.release()
    await discord.until(lambda: not discord.rest.faults.left)
    discord.world.delete(message.id)


@pytest.mark.parametrize("when", [queued, drawing, put_off, delivering])
async def test_deleted_at_any_time_only_the_asker_sees_what_becomes_of_it(
    people: DiscordDriver,
    discord: FakeDiscord,
    gateway: FakeCometAPI,
    start_bot: StartBot,
    when: Callable[[DiscordDriver, FakeDiscord, FakeCometAPI], Awaitable[None]],
) -> None:
    async with start_bot(max_concurrent_jobs=1, timings=Timings(notice=0.0, retry=0.1, poll=0.1), **settings(discord)):
        await when(people, discord, gateway)
        gateway.release()
        shown = await people.wait_for(lambda seen: drawn(seen) and HERE in seen.text)
        assert (shown.private, shown.alts) == (True, ["AI-generated: image by dall-e-3: a boat"])
        await listed(people, "· shown")
    assert not any("a boat" in message.content for message in public(discord))
    assert not any("a boat" in seen.text for seen in people.seen(user="grace"))


async def test_when_the_token_is_over_it_is_sent_directly_and_by_no_other_way(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(timings=Timings(notice=0.0), **settings(discord)):
        await drawing(people, discord, gateway)
        discord.world.token_seconds = 0
        gateway.release()
        direct = await people.wait_for(drawn)
        assert (direct.private, THERE in direct.text) == (True, True)
        discord.world.token_seconds = 900
        await listed(people, "· shown")
    assert public(discord) == []


async def test_when_that_is_closed_too_it_is_in_the_history_and_nothing_is_said(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(timings=Timings(notice=0.0), **settings(discord)):
        await drawing(people, discord, gateway)
        discord.world.token_seconds = 0
        discord.world.closed_dms.add(discord.world.person("ada"))
        gateway.release()
        await discord.until(lambda: any("POST /users/@me/channels" in line for line in discord.rest.requests))
        discord.world.token_seconds = 900
        await listed(people, "· not shown yet")
        assert all("newest first" in seen.text for seen in people.seen() if drawn(seen))
    assert public(discord) == []


async def test_a_failure_is_told_to_the_asker_alone_also_in_a_group_without_the_bot(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    group = Channel(id=discord.world.snowflake(), kind=GROUP, bot_is_member=False)
    discord.world.channels[group.id] = group
    async with start_bot(timings=Timings(notice=0.0), **settings(discord)):
        gateway.hold()
        gateway.will(fails(400, "content_policy_violation"))
        await discord.command("imagine", {"prompt": "a boat"}, channel=group.id)
        discord.world.delete((await people.wait_for(lambda seen: "Drawing" in seen.text)).id)
        gateway.release()
        told = await people.wait_for(lambda seen: HERE in seen.text and "content policy" in seen.text)
        await people.wait_for(lambda seen: seen.id == told.id and seen.buttons == ["Again", "Edit prompt"])
    assert told.private
    assert public(discord) == []


async def test_what_a_moderator_pressed_before_it_was_deleted_is_still_the_askers_alone(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        message = await held(people, discord, gateway)
        pressed = discord.pressed(message, "Stop", person="grace")
        gateway.release()
        await listed(people, "· shown")
        discord.world.delete(message.id)
        await discord.send(pressed, rights=MANAGE_MESSAGES)
        assert (await people.wait_for(lambda seen: drawn(seen) and THERE in seen.text)).private
        assert not any(drawn(seen) for seen in people.seen(user="grace"))
    assert public(discord) == []


async def shown_alone(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> Seen:
    await drawing(people, discord, gateway)
    gateway.release()
    return await people.wait_for(drawn)


async def test_the_asker_shares_it_once_in_the_answer_to_the_press(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(timings=Timings(notice=0.0, poll=0.1), **settings(discord)):
        alone = await shown_alone(people, discord, gateway)
        assert alone.buttons == ["Again", "Edit prompt", "Share", "Delete"]
        await listed(people, "· shown")
        discord.world.channels[CHANNEL].bot_is_member = False  # as in a group
        discord.world.forced_ephemeral = True
        await people.press(alone, "Share")
        await people.wait_for(lambda seen: seen.text == "This server lets me answer only you." and seen.private)
        discord.world.forced_ephemeral = False
        await asyncio.gather(*(people.press(alone, "Share") for _ in range(2)))
        shared = await people.wait_for(lambda seen: drawn(seen) and not seen.private, user="grace")
        assert (shared.images, shared.buttons) == (alone.images, ["Again", "Edit prompt", "Delete"])
        assert not any(line in shared.text for line in (HERE, THERE))
        await people.press(alone, "Share")
        await people.wait_for(lambda seen: "It is shared already." in seen.text and seen.private)
        await listed(people, "· shown")
        await discord.until(lambda: [message.id for message in public(discord)] == [shared.id])
    assert len(gateway.requests) == 1


async def test_what_was_sent_directly_is_shared_where_it_was_asked_and_deleted_again_it_does_not_come_back(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(timings=Timings(notice=0.0, retry=0.1, poll=0.1), **settings(discord)):
        await drawing(people, discord, gateway)
        discord.world.token_seconds = 0
        gateway.release()
        direct = await people.wait_for(drawn)
        discord.world.token_seconds = 900
        await listed(people, "· shown")
        discord.fail(Fault(where=f"POST /api/v10/channels/{CHANNEL}", cut=True, processed=True))
        await people.press(direct, "Share")
        await people.wait_for(lambda seen: "I'm posting it in #design." in seen.text and seen.private)
        shared = await people.wait_for(drawn, user="grace")
        await listed(people, "· shown")
        discord.world.delete(shared.id)
        await people.press(direct, "Share")
        await people.wait_for(lambda seen: "It is shared already." in seen.text)
    assert public(discord) == []


async def test_nobody_else_shares_it_and_nothing_that_was_stopped_is_shared(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(timings=Timings(notice=0.0, poll=0.1), **settings(discord)):
        alone = await shown_alone(people, discord, gateway)
        (share,) = (each for each in discord.world.messages[alone.id].buttons() if each["label"] == "Share")
        grace, data = discord.world.person("grace"), {**share, "component_type": 2, "id": 1}
        forged = discord.world.interact(kind=3, person=grace, channel=CHANNEL, data=data, pressed=alone.id)
        await discord.answered(await discord.send(forged, rights=MANAGE_MESSAGES))
        assert not any(drawn(seen) for seen in people.seen(user="grace"))
        message = await held(people, discord, gateway)
        pressed = discord.pressed(message, "Stop", person="grace")
        discord.world.delete(message.id)
        await discord.send(pressed, rights=MANAGE_MESSAGES)
        gateway.release()
        stopped = await people.wait_for(lambda seen: "Stopped" in seen.text and HERE in seen.text)
        assert "Share" not in stopped.buttons
    assert public(discord) == []
