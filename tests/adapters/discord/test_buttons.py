"""Buttons and forms: they say by themselves what they do, so that they outlive the process that showed them."""

from datetime import UTC, datetime

import pytest

from tests.adapters.discord.clocked import bot_on
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import ADMINISTRATOR, MANAGE_MESSAGES, MANAGE_SERVER
from tests.fakes.discord_world import CHANNEL, Message
from tests.support.builders import MovableClock


async def test_buttons_and_open_forms_survive_a_restart(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(**settings(discord)):
        await people.imagine("a paper boat --size landscape")
        drawn = await people.wait_for(lambda seen: bool(seen.images))
        form = await discord.press(discord.world.messages[drawn.id], "Edit prompt")
        opened = await discord.answered(form)
        assert opened["data"]["components"][0]["component"]["value"] == "a paper boat"
    async with start_bot(**settings(discord)):
        await discord.submit(form, "a red kite")
        await people.wait_for(lambda seen: bool(seen.images) and "a red kite" in seen.text)
        await people.press(drawn, "Again", user="grace")
        await people.wait_for(lambda seen: bool(seen.images) and "a paper boat" in seen.text and seen.id != drawn.id)
    assert [request.body["prompt"] for request in gateway.requests] == ["a paper boat", "a red kite", "a paper boat"]
    assert gateway.requests[1].body["size"] == "1792x1024"


async def test_the_person_who_presses_again_pays(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(quota_images=5, **settings(discord)):
        await people.imagine("a boat")
        drawn = await people.wait_for(lambda seen: bool(seen.images))
        await people.press(drawn, "Again", user="grace")
        await people.wait_for(lambda seen: bool(seen.images) and seen.id != drawn.id)
        await people.quota(user="grace")
        await people.wait_for(lambda seen: "4 of 5" in seen.text, user="grace")
        await people.quota()
        await people.wait_for(lambda seen: "4 of 5" in seen.text)


@pytest.mark.parametrize("rights", [ADMINISTRATOR, MANAGE_SERVER, MANAGE_MESSAGES])
async def test_only_the_asker_or_who_looks_after_the_channel_stops(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot, rights: int
) -> None:
    async with start_bot(**settings(discord)):
        gateway.hold()
        await people.imagine("a boat")
        drawing = await people.wait_for(lambda seen: "Drawing" in seen.text)
        await people.press(drawing, "Stop", user="grace")
        assert "Only the person who asked" in (await people.wait_for(lambda seen: seen.private, user="grace")).text
        message = discord.world.messages[drawing.id]
        await discord.answered(await discord.press(message, "Stop", person="grace", rights=rights))
        await people.wait_for(lambda seen: "Stopped" in seen.text and not seen.private)
        gateway.release()


async def test_cancel_takes_a_waiting_job_back(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with start_bot(max_concurrent_jobs=1, **settings(discord)):
        gateway.hold()
        await people.imagine("the first boat")
        await people.wait_for(lambda seen: "Drawing" in seen.text)
        await people.imagine("the second boat")
        waiting = await people.wait_for(lambda seen: "queue" in seen.text)
        await people.press(waiting, "Cancel")
        await people.wait_for(lambda seen: seen.id == waiting.id and "Cancelled" in seen.text)
        gateway.release()
        await people.wait_for(lambda seen: bool(seen.images))
    assert len(gateway.requests) == 1


async def test_show_images_pressed_several_times_shows_them_once(
    people: DiscordDriver, discord: FakeDiscord, bot_settings: BotSettings
) -> None:
    clock = MovableClock(datetime.now(UTC))
    async with bot_on(clock, bot_settings, discord):
        await people.imagine("a boat")
        drawn = await people.wait_for(lambda seen: bool(seen.images))
        await people.history()
        page = await people.wait_for(lambda seen: seen.private and bool(seen.images))
        people.as_before(page)
        message, before = discord.world.messages[page.id], len(people.seen())
        discord.fail(Fault(where="PATCH", delay=0.2))
        for _ in range(2):
            presses = [await discord.press(message, "1 · Show images") for _ in range(3)]
            for each in presses:
                await discord.answered(each)
            assert len(people.seen()) == before + 1
            await people.wait_for(lambda seen: bool(seen.images) and seen.id not in {page.id, drawn.id})
        clock.move(60)  # they may have dismissed it
        await discord.answered(await discord.press(message, "1 · Show images"))
        assert len(people.seen()) == before + 2


async def test_a_button_that_nobody_knows_any_more_is_answered(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    button = {"type": 2, "style": 2, "label": "Upscale", "custom_id": "upscale-42"}
    old = Message(id=discord.world.snowflake(), channel=CHANNEL, components=[{"type": 1, "components": [button]}])
    discord.world.messages[old.id] = old
    async with start_bot(**settings(discord)):
        await discord.answered(await discord.press(old, "Upscale"))
        assert "no longer know" in (await people.wait_for(lambda seen: seen.private)).text
