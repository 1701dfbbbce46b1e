"""Delivery: a paid picture reaches its asker also without token, message, channel or network."""

import asyncio
import io
from dataclasses import replace

import pytest
from PIL import Image

from tests.fakes.cometapi import FakeCometAPI, Says, png
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import CHANNEL, MIB, Message

pytestmark = pytest.mark.usefixtures("bot")


async def held(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> Message:
    """Ask for a picture, and hold it back once people see that it is being drawn."""
    gateway.hold()
    await people.imagine("a boat")
    seen = await people.wait_for(lambda seen: "Drawing" in seen.text)
    return discord.world.messages[seen.id]


async def listed(people: DiscordDriver, status: str) -> None:
    """Look at the history until it has a job with that status."""
    async with asyncio.timeout(60):
        while not any(status in seen.text for seen in people.seen()):
            await people.history()
            await asyncio.sleep(0.1)


async def test_after_the_token_has_expired_the_bot_edits_the_message_itself(
    people: DiscordDriver, discord: FakeDiscord
) -> None:
    await discord.command("imagine", {"prompt": "a boat"}, age=16 * 60)
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == 1
    assert not any("PATCH /webhooks" in line for line in discord.rest.requests)


async def test_a_token_that_died_early_is_no_loss(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    message = await held(people, discord, gateway)
    discord.world.token_seconds = 0
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == message.id
    assert len(people.seen()) == 1


async def test_a_bots_token_that_is_reset_while_it_draws_is_no_loss(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    message = await held(people, discord, gateway)
    await discord.reset_token()
    await discord.until(lambda: "GET /users/@me" in discord.rest.requests[-1:])  # it tried to connect, and was refused
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == message.id


async def test_a_message_that_cannot_be_edited_is_replaced_by_a_new_one(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    message = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=403, code=50005, times=2))
    gateway.release()
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert (drawn.private, drawn.id == message.id) == (False, False)
    assert drawn.alts == ["AI-generated: image by dall-e-3: a boat"]
    assert discord.world.messages[drawn.id].pinged == set()


async def test_progress_is_not_worth_a_new_message(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    discord.fail(Fault(where="PATCH", status=403, code=50005, times=2))  # the response, then the message
    await people.imagine("a boat")
    queued = await people.wait_for(lambda seen: "queue" in seen.text)
    await discord.until(lambda: not discord.rest.faults.left)
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == queued.id
    assert len(people.seen()) == 1


async def test_without_token_and_channel_it_is_sent_directly(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await held(people, discord, gateway)
    discord.world.token_seconds = 0
    discord.world.channels[CHANNEL].bot_is_member = False
    gateway.release()
    direct = await people.wait_for(lambda seen: bool(seen.images))
    assert direct.private
    assert "I couldn't post in #design" in direct.text
    assert not any(seen.images for seen in people.seen(user="grace"))


async def test_a_deleted_channel_too(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    await held(people, discord, gateway)
    del discord.world.channels[CHANNEL]
    discord.world.token_seconds = 0
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).private


async def test_what_only_the_asker_could_see_is_not_shown_to_all(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.world.forced_ephemeral = True
    await held(people, discord, gateway)
    discord.world.token_seconds = 0
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).private
    assert people.seen(user="grace") == []


async def test_when_every_way_is_closed_it_waits_in_the_history(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await held(people, discord, gateway)
    discord.world.token_seconds = 0
    discord.world.channels[CHANNEL].bot_is_member = False
    discord.world.closed_dms.add(discord.world.person("ada"))
    gateway.release()
    await discord.until(lambda: any("POST /users/@me/channels" in line for line in discord.rest.requests))
    discord.world.token_seconds = 900
    await listed(people, "· not shown yet")
    assert any(seen.images for seen in people.seen())
    assert not any(seen.images for seen in people.seen(user="grace"))


async def test_a_response_that_takes_no_files_says_where_they_went(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    message = await held(people, discord, gateway)
    discord.world.channels[CHANNEL].bot_is_member = False
    discord.fail(Fault(where="PATCH /api/v10/webhooks", status=403, code=50013))
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).private
    await discord.until(lambda: "direct message" in message.content)


async def test_a_cut_upload_is_repeated(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    message = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH /api/v10/webhooks", cut=True, times=2))
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == message.id
    assert not discord.rest.faults.left


async def test_a_new_message_that_was_cut_on_its_way_back_is_not_posted_twice(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    drawing = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=403, code=50005, times=4))
    discord.fail(Fault(where=f"POST /api/v10/channels/{CHANNEL}", cut=True, processed=True))
    gateway.release()
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    await discord.until(lambda: sum("POST /channels" in line for line in discord.rest.requests) == 2)
    await listed(people, "· shown")
    assert [seen.id for seen in people.seen(user="grace")] == [drawn.id] != [drawing.id]


@pytest.mark.parametrize("fault", [Fault(where="PATCH", status=503), Fault(where="PATCH", status=429, via=False)])
async def test_a_discord_that_is_busy_is_asked_again(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, fault: Fault
) -> None:
    await held(people, discord, gateway)
    discord.fail(fault)
    gateway.release()
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == 1


async def test_a_rate_limit_is_waited_out(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=429, retry_after=0.1))
    gateway.release()
    await people.wait_for(lambda seen: bool(seen.images))


async def test_pictures_are_made_as_small_as_the_place_wants_them(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.world.file_limit = 2000
    gateway.will(Says(body={"created": 1, "data": [{"url": gateway.host(png(1, (2000, 1500)))}]}))
    await people.imagine("a boat")
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert len(drawn.images[0]) <= 2000


async def test_pictures_are_made_smaller_when_discord_says_so(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    noise = io.BytesIO()
    Image.effect_noise((1200, 1200), 200).convert("RGB").save(noise, "PNG", compress_level=0)
    gateway.will(Says(body={"created": 1, "data": [{"url": gateway.host(noise.getvalue())}]}))
    message = await held(people, discord, gateway)
    for interaction in discord.world.interactions.values():
        interaction.file_limit = 3 * MIB  # less than it was told
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == message.id
    assert not any("PATCH /channels" in line for line in discord.rest.requests)


async def test_an_upload_that_hangs_holds_up_no_acknowledgement(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await held(people, discord, gateway)
    going = asyncio.Event()
    discord.fail(Fault(where="PATCH", answered=going.wait))
    gateway.release()
    await discord.until(lambda: not discord.rest.faults.left)
    await people.quota()
    going.set()


PAGE = "<html><title>Attention Required! | Cloudflare</title></html>"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(where="PATCH", status=403, page=PAGE, via=False, times=2),
        Fault(where="PATCH", status=403, code=40333, times=2),
        Fault(where="PATCH", status=404, page="not here", times=2),
        Fault(where="PATCH", status=400, code=130000, times=2),
    ],
    ids=["a page", "Cloudflare's code", "a page that is not found", "overloaded"],
)
async def test_an_answer_of_something_in_between_is_no_verdict(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, fault: Fault
) -> None:
    drawing = await held(people, discord, gateway)
    discord.fail(replace(fault))
    gateway.release()
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert (drawn.id, drawn.private) == (drawing.id, False)


@pytest.mark.parametrize(
    ("code", "times"),
    [(200000, 1), (240000, 1), (50035, 3), (99999, 1)],
    ids=["AutoMod", "links", "the form", "unknown"],
)
async def test_refused_words_do_not_take_the_picture_with_them(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, code: int, times: int
) -> None:
    drawing = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=400, code=code, times=times))
    gateway.release()
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert (drawn.id, drawn.buttons) == (drawing.id, ["Again", "Edit prompt", "Delete"])
    assert "a boat" not in drawn.text
    assert drawn.alts == ["AI-generated: image by dall-e-3"]
    assert "The words are left out" in drawn.text


async def test_a_servers_filter_is_not_passed_by_the_bots_own_token(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    drawing = await held(people, discord, gateway)
    discord.fail(Fault(where="PATCH", status=400, code=200000, times=2))
    gateway.release()
    await people.wait_for(lambda seen: bool(seen.images) and seen.private)
    in_the_channel = [message.id for message in discord.world.messages.values() if message.channel == CHANNEL]
    assert in_the_channel == [drawing.id]
