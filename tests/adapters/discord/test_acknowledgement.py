"""The acknowledgement: a job that nobody was shown is taken back, and nothing is drawn for it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.refusals import MEANINGS
from bot.core.chat import Meaning
from tests.adapters.discord.alone import until
from tests.adapters.discord.clocked import said
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, displayed
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import APPLICATION
from tests.fakes.driver import Seen
from tests.support.trouble import locked

UNKNOWN = 99_999
AT_ONCE = 64
FOR_EVER = 600.0
CODES = (*MEANINGS, UNKNOWN)
MAY_BE_THE_WORDS = {Meaning.WORDS_REFUSED, Meaning.OUR_FAULT, None}
TAKEN = {10062, 40060}
"""It is too late, or another process was first: that one answers."""

pytestmark = pytest.mark.usefixtures("bot")


async def assert_nothing_was_drawn(people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI) -> None:
    """Ask again: only that job was ever drawn, or charged."""
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


async def most_on_their_way(discord: FakeDiscord) -> int:
    """Send a hundred commands, and let Discord answer once as many acknowledgements hang as may at once."""
    discord.world.acknowledgement_seconds = FOR_EVER
    going = asyncio.Semaphore(0)
    on_their_way: list[int] = [0]

    async def answered() -> None:
        on_their_way.append(on_their_way[-1] + 1)
        await going.acquire()
        on_their_way.append(on_their_way[-1] - 1)

    discord.fail(Fault(where="/callback", answered=answered, times=100))
    for number in range(100):
        await discord.command("quota", person=str(number))
    await discord.until(lambda: on_their_way[-1] >= AT_ONCE)
    for _ in range(100):
        going.release()
    await discord.until(lambda: len(on_their_way) == 201 and on_their_way[-1] == 0)
    return max(on_their_way)


# After a second without a place an acknowledgement is sent all the same, since Discord waits for three.
@pytest.mark.alone
async def test_of_many_commands_at_once_few_acknowledgements_are_on_their_way(discord: FakeDiscord) -> None:
    assert await most_on_their_way(discord) == AT_ONCE


@pytest.mark.alone
async def test_as_few_are_on_their_way_after_some_were_sent_while_all_places_hung(
    people: DiscordDriver, discord: FakeDiscord
) -> None:
    discord.world.acknowledgement_seconds = FOR_EVER
    going = asyncio.Event()
    discord.fail(Fault(where="/callback", answered=going.wait, times=AT_ONCE))
    for number in range(AT_ONCE):
        await discord.command("quota", person=str(number))
    await discord.until(lambda: not discord.rest.faults.left)
    await asyncio.gather(*(people.quota(user=f"late-{number}") for number in range(20)))
    going.set()
    await asyncio.gather(*(people.wait_for(lambda seen: bool(seen.text), user=str(number)) for number in (0, 63)))
    assert await most_on_their_way(discord) == AT_ONCE


@pytest.mark.alone
async def test_those_that_hang_make_no_other_late(people: DiscordDriver, discord: FakeDiscord) -> None:
    """They hang as if their connections were lost on the way, and nobody had said so."""
    going = asyncio.Event()
    discord.fail(Fault(where="/callback", answered=going.wait, times=AT_ONCE))
    for number in range(AT_ONCE):
        await discord.command("quota", person=str(number))
    await discord.until(lambda: not discord.rest.faults.left)
    for person in ("ada", "grace"):
        await people.quota(user=person)
    going.set()


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


GARBLED = {
    "a page": Fault(where="/callback", status=200, page="<html>Welcome</html>"),
    "no JSON": Fault(where="/callback", status=200, json="{"),
    "without what it is about": Fault(where="/callback", status=200, json="{}"),
    "a list": Fault(where="/callback", status=200, json="[1]"),
    "a message without an id": Fault(
        where="/callback", status=200, json='{"interaction": {"id": "1"}, "resource": {"type": 4, "message": {}}}'
    ),
    "an error without a number": Fault(where="/callback", status=400, json='{"code": "odd"}'),
    "a limit without a wait": Fault(where="/callback", status=429, json="{}"),
}


async def test_an_answer_that_cannot_be_read_is_a_lost_one_and_what_was_taken_is_drawn_once(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    for person, fault in GARBLED.items():
        taken = replace(fault, processed=True)
        await discord.command("imagine", {"prompt": person}, person=person, faults=[taken])
        await people.wait_for(lambda seen, asked=person: bool(seen.images) and asked in seen.text, user=person)  # type: ignore[misc]
    assert len(people.seen()) == len(gateway.requests) == len(GARBLED)
    assert not discord.rest.faults.left


async def test_an_answer_that_cannot_be_read_is_a_lost_one_and_what_was_not_taken_is_not_drawn(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    for person, fault in GARBLED.items():
        sent = await discord.command("imagine", {"prompt": "the first boat"}, person=person, faults=[fault])
        looked = f"GET /webhooks/{APPLICATION}/{sent.token}"
        await discord.until(lambda looked=looked: any(line.startswith(looked) for line in discord.rest.requests))
    assert not discord.rest.faults.left
    await assert_nothing_was_drawn(people, discord, gateway)
    for person in GARBLED:
        await people.quota(user=person)
        await people.wait_for(lambda seen: "20 of 20" in seen.text, user=person)


async def test_a_list_comes_though_the_answer_to_its_acknowledgement_cannot_be_read(
    people: DiscordDriver, discord: FakeDiscord
) -> None:
    await people.imagine("a boat")
    await people.wait_for(lambda seen: bool(seen.images))
    discord.fail(Fault(where="/callback", status=200, json="{}", processed=True))
    discord.fail(Fault(where="PATCH", status=200, json="{}", processed=True))
    await people.history()
    await people.wait_for(lambda seen: "newest first" in seen.text)


async def test_what_nobody_can_be_shown_is_never_drawn_for_any_reason(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI
) -> None:
    some_at_a_time = asyncio.Semaphore(6)

    async def ask(code: int) -> str:
        async with some_at_a_time:
            return await answered(code)

    async def answered(code: int) -> str:
        times = 2 if MEANINGS.get(code) in MAY_BE_THE_WORDS else 1
        fault = Fault(where="/callback", status=400, code=code, times=times)
        sent = await discord.command("imagine", {"prompt": "the first boat"}, person=str(code), faults=[fault])
        if code in TAKEN:
            await discord.until(lambda: any(f"{sent.token}/messages" in line for line in discord.rest.requests))
            return ""
        return displayed(await said(discord, sent))

    told: dict[int, str] = dict(zip(CODES, await asyncio.gather(*map(ask, CODES)), strict=True))
    refused = "My message was refused ({}). Please tell the bot's owner. Nothing was charged."
    assert (len(told), gateway.requests) == (92, [])
    assert "Something went wrong" in told.pop(0)  # the code of an answer that isn't Discord's own
    assert told == {code: "" if code in TAKEN else refused.format(code) for code in told}


@pytest.mark.parametrize("code", [200000, 50035, 99999])
async def test_a_prompt_that_is_not_let_through_is_drawn_without_being_shown(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, code: int
) -> None:
    gateway.hold()
    fault = Fault(where="/callback", status=400, code=code)
    await discord.answered(await discord.command("imagine", {"prompt": "a boat"}, faults=[fault]))
    seen = await people.wait_for(lambda seen: "The words are left out" in seen.text)
    assert ("a boat" in seen.text, seen.private) == (False, False)
    gateway.release()
    assert (await people.wait_for(lambda seen: bool(seen.images))).id == seen.id


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


async def being_drawn(people: DiscordDriver, gateway: FakeCometAPI) -> Seen:
    """Return the message of a job whose images don't come."""
    gateway.hold()
    await people.imagine("a boat")
    return await people.wait_for(lambda seen: "Stop" in seen.buttons)


async def test_a_stop_is_acknowledged_in_time_while_nothing_can_be_written(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    drawing = await being_drawn(people, gateway)
    with locked(tmp_path / "imagine.db"):
        pressed = await discord.press(discord.world.messages[drawing.id], "Stop")
        await discord.answered(pressed)
    assert (await people.wait_for(lambda seen: seen.private and "Stopped." in seen.text)).id != drawing.id
    assert (await people.wait_for(lambda seen: "Again" in seen.buttons)).id == drawing.id


async def test_a_stop_whose_acknowledgement_discord_refuses_stops_the_job_all_the_same(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    drawing = await being_drawn(people, gateway)
    discord.fail(Fault(where="/callback", status=404, code=10062))
    with locked(tmp_path / "imagine.db"):
        await discord.press(discord.world.messages[drawing.id], "Stop")
        await discord.until(lambda: not discord.rest.faults.left)
    assert (await people.wait_for(lambda seen: "Again" in seen.buttons)).id == drawing.id


@pytest.mark.long
async def test_what_hangs_for_as_long_as_a_job_is_held_draws_nothing(
    people: DiscordDriver, discord: FakeDiscord, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the acknowledgement nor the look whether it has arrived is ever answered."""
    discord.fail(Fault(where="/callback", delay=FOR_EVER, status=503))
    discord.fail(Fault(where="GET", about="@original", delay=FOR_EVER, status=503, times=3))
    await discord.command("imagine", {"prompt": "the first boat"})
    await until(lambda: "is taken back" in caplog.text)
    discord.rest.faults.end("@original")
    await assert_nothing_was_drawn(people, discord, gateway)
