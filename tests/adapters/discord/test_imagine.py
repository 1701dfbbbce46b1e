"""`/imagine` on Discord, from the command to the picture."""

from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import CHANNEL, GROUP, GUILD, THREAD, Channel
from tests.support.sqlite import asked_in

_SUPPRESS_EMBEDS = 4


@pytest.mark.usefixtures("bot")
async def test_the_response_becomes_the_picture(people: DiscordDriver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("a paper boat --size landscape")
    drawing = await people.wait_for(lambda seen: "Drawing" in seen.text)
    assert drawing.buttons == ["Stop"]
    gateway.release()
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert drawn.id == drawing.id
    assert not drawn.private
    assert drawn.buttons == ["Again", "Edit prompt", "Delete"]
    assert drawn.alts == ["AI-generated: image by dall-e-3: a paper boat"]
    assert len(people.seen()) == 1


@pytest.mark.usefixtures("bot")
async def test_several_pictures_come_in_their_order(people: DiscordDriver) -> None:
    await people.imagine("boats --n 3 --model dall-e-2")
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    assert drawn.alts == [f"AI-generated: image {number} of 3 by dall-e-2: boats" for number in (1, 2, 3)]
    assert len({bytes(image) for image in drawn.images}) == 3


@pytest.mark.usefixtures("bot")
async def test_a_prompt_pings_nobody_and_formats_nothing(people: DiscordDriver, discord: FakeDiscord) -> None:
    grace = discord.world.person("grace")
    prompt = f"@everyone <@{grace}> **bold** [x](https://evil.example) https://evil.example/x # y"
    await people.imagine(prompt)
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    message = discord.world.messages[drawn.id]
    assert message.pinged == set()
    assert message.flags & _SUPPRESS_EMBEDS
    assert "@everyone" not in message.content
    assert prompt.replace("@e", "@\u200be") in drawn.text


@pytest.mark.usefixtures("bot")
async def test_flags_in_the_prompt_count_and_beat_no_option(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await discord.command("imagine", {"prompt": "a red fox —ar 16:9", "size": "square"})
    await people.wait_for(lambda seen: "Given twice: --ar and --size" in seen.text)
    await discord.command("imagine", {"prompt": "a red fox --size square", "size": "landscape"})
    await people.wait_for(lambda seen: seen.private and "Given twice: --size. Give it once." in seen.text)
    await discord.command("imagine", {"prompt": "--version of me"})
    await people.wait_for(lambda seen: "There is no flag --version" in seen.text)
    assert gateway.requests == []
    await discord.command("imagine", {"prompt": "help --ar=16:9", "n": 2})
    assert len((await people.wait_for(lambda seen: bool(seen.images))).images) == 2
    assert {(request.body["prompt"], request.body["size"]) for request in gateway.requests} == {("help", "1792x1024")}


@pytest.mark.usefixtures("bot")
async def test_an_edited_prompt_is_read_like_a_typed_one(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await people.imagine("-- a sign --size big")
    sign = await people.wait_for(lambda seen: bool(seen.images))
    form = await discord.press(discord.world.messages[sign.id], "Edit prompt")
    opened = await discord.answered(form)
    prefilled = opened["data"]["components"][0]["component"]["value"]
    await discord.submit(form, prefilled)
    await discord.until(lambda: len(gateway.requests) == 2)
    await people.edit(sign, "a fox --no text")
    await people.wait_for(lambda seen: seen.private and "Send this instead: a fox." in seen.text)
    assert [request.body["prompt"] for request in gateway.requests] == ["a sign --size big"] * 2


@pytest.mark.usefixtures("bot")
async def test_a_refusal_is_for_the_asker_alone(people: DiscordDriver, gateway: FakeCometAPI) -> None:
    await people.imagine("a boat --size 7x7")
    assert "size can't be 7x7" in (await people.wait_for(lambda seen: seen.private)).text
    assert people.seen(user="grace") == []
    assert gateway.requests == []


async def test_a_spent_quota_is_said_to_the_asker_alone(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(quota_images=1, **settings(discord)):
        await people.imagine("a boat")
        await people.wait_for(lambda seen: bool(seen.images))
        await people.imagine("another boat")
        await people.wait_for(lambda seen: seen.private and "used up" in seen.text)
        await people.quota()
        await people.wait_for(lambda seen: seen.private and "0 of 1" in seen.text)
    assert len(people.seen(user="grace")) == 1


@pytest.mark.usefixtures("bot")
async def test_it_works_among_friends_where_the_bot_is_no_member(people: DiscordDriver, discord: FakeDiscord) -> None:
    friends = Channel(id=discord.world.snowflake(), name="friends", kind=GROUP, bot_is_member=False)
    discord.world.channels[friends.id] = friends
    await discord.command("imagine", {"prompt": "a boat"}, channel=friends.id)
    assert (await people.wait_for(lambda seen: bool(seen.images))).alts == ["AI-generated: image by dall-e-3: a boat"]


@pytest.mark.usefixtures("bot")
async def test_the_ledger_knows_server_channel_and_thread(
    people: DiscordDriver, discord: FakeDiscord, tmp_path: Path
) -> None:
    friends = Channel(id=discord.world.snowflake(), name="friends", kind=GROUP, bot_is_member=False)
    thread = Channel(id=discord.world.snowflake(), name="boats", kind=THREAD, parent=CHANNEL)
    discord.world.channels |= {friends.id: friends, thread.id: thread}
    for channel in (CHANNEL, thread.id, friends.id):
        await discord.answered(await discord.command("imagine", {"prompt": "a boat"}, channel=channel))
    await discord.until(lambda: sum(bool(seen.images) for seen in people.seen()) == 3)
    assert asked_in(tmp_path / "imagine.db") == [
        (f"discord:{GUILD}", f"discord:{CHANNEL}", ""),
        (f"discord:{GUILD}", f"discord:{thread.id}", f"discord:{CHANNEL}"),
        ("", f"discord:{friends.id}", ""),
    ]


@pytest.mark.usefixtures("bot")
async def test_two_bots_with_one_token_and_one_database_make_one_job(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        await discord.gateway.wait_for_clients(2)
        await people.imagine("a boat")
        drawn = await people.wait_for(lambda seen: bool(seen.images))
        discord.fail(Fault(where="/callback", delay=0.3))  # time for the other one to be faster, if it tried
        await people.press(drawn, "Again")
        await people.wait_for(lambda seen: bool(seen.images) and seen.id != drawn.id)
    assert len(people.seen()) == 2
    assert len(gateway.requests) == 2
