"""The acknowledgement: a job that nobody was shown is taken back, and nothing is drawn for it."""

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_faults import Fault

pytestmark = pytest.mark.usefixtures("bot")


async def assert_nothing_was_drawn(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    """Ask again: what is drawn then is all that was ever drawn, or charged."""
    await people.imagine("the second boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert [request.body["prompt"] for request in gateway.requests] == ["the second boat"]
    await people.quota()
    await people.wait_for(lambda seen: "19 of 20" in seen.text)
    await people.history()
    assert "the first boat" not in (await people.wait_for(lambda seen: "newest first" in seen.text)).text


async def test_too_late_for_discord(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    discord.world.acknowledgement_seconds = -1
    await discord.command("imagine", {"prompt": "the first boat"})
    await discord.until(lambda: any("/callback" in line for line in discord.rest.requests))
    discord.world.acknowledgement_seconds = 3
    await assert_nothing_was_drawn(people, discord, gateway)
    assert len(people.seen()) == 3


async def test_acknowledged_by_somebody_else(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.fail(Fault(where="/callback", status=400, code=40060))
    await discord.command("imagine", {"prompt": "the first boat"})
    await discord.until(lambda: not discord.rest.faults.left)
    await assert_nothing_was_drawn(people, discord, gateway)


async def test_cut_on_the_way_there(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    discord.fail(Fault(where="/callback", cut=True))
    await discord.command("imagine", {"prompt": "the first boat"})
    await discord.until(lambda: not discord.rest.faults.left)
    await assert_nothing_was_drawn(people, discord, gateway)


async def test_cut_on_the_way_back(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    discord.fail(Fault(where="/callback", cut=True, processed=True))
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == len(gateway.requests) == 1


async def test_cut_on_the_way_back_and_while_looking(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.fail(Fault(where="/callback", cut=True, processed=True))
    discord.fail(Fault(where="GET /api/v10/webhooks/", cut=True, times=2))  # aiohttp repeats a GET once
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == len(gateway.requests) == 1


async def test_a_gateway_error_that_hides_a_success(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.fail(Fault(where="/callback", status=502, processed=True))
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == len(gateway.requests) == 1


async def test_a_repetition_that_came_too_late_for_a_success(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    discord.fail(Fault(where="/callback", status=502, processed=True))
    discord.fail(Fault(where="/callback", status=404, code=10062))
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    assert len(people.seen()) == len(gateway.requests) == 1


async def test_a_second_press_within_a_moment_is_taken_without_a_word(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    await people.imagine("a boat")
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    await people.press(drawn, "Again")
    second = await discord.press(discord.world.messages[drawn.id], "Again")
    assert (await discord.answered(second))["type"] == 6
    await people.wait_for(lambda seen: bool(seen.images) and seen.id != drawn.id)
    assert len(people.seen()) == len(gateway.requests) == 2
