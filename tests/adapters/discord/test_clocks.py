"""Clocks: a machine whose clock differs from Discord's answers all the same, and shows times that are right."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.discord.clock import DiscordClock
from bot.core.replies import Entry, Reply, Timestamp
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.support.builders import MOMENT, MovableClock

FAR = 1000.0


def times(content: str) -> list[float]:
    return [float(seconds) for seconds in re.findall(r"<t:(\d+)", content)]


@pytest.mark.parametrize("ahead", [FAR, -FAR])
async def test_a_machine_whose_clock_is_wrong_answers_by_the_token_and_shows_right_times(
    people: DiscordDriver,
    discord: FakeDiscord,
    start_bot: StartBot,
    gateway: FakeCometAPI,
    ahead: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    discord.world.ahead = -ahead
    gateway.hold()
    async with start_bot(**settings(discord)):
        await people.imagine("a boat")
        drawing = await people.wait_for(lambda seen: "Drawing" in seen.text)
        told = times(discord.world.messages[drawing.id].content)
        gateway.release()
        await people.wait_for(lambda seen: bool(seen.images))
        await people.history()
        listed = await people.wait_for(lambda seen: "newest first" in seen.text and bool(seen.images))
        await people.quota()
        told += times(discord.world.messages[listed.id].content)
    assert [abs(moment - discord.world.now()) < 60 for moment in told] == [True, True]
    assert not any("PATCH /channels" in line for line in discord.rest.requests)
    said = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
    wrong = "ahead of" if ahead > 0 else "behind"
    assert [re.sub(r"\d+", "N", line) for line in said] == [
        f"this machine's clock is N s {wrong} Discord's: set it, for example by NTP"
    ]


@pytest.fixture
def own() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(own: MovableClock) -> DiscordClock:
    return DiscordClock(own)


def date(seconds: float) -> str:
    return format_datetime((MOMENT + timedelta(seconds=seconds)).astimezone(UTC), usegmt=True)


@pytest.mark.parametrize("seconds", [0, 1, -1, 5, -5])
def test_a_small_difference_is_none(clock: DiscordClock, seconds: float) -> None:
    clock.told(date(seconds))
    assert clock.now() == MOMENT


@pytest.mark.parametrize("seconds", [6, -6, 90_000, -90_000])
def test_a_large_difference_is_corrected(clock: DiscordClock, own: MovableClock, seconds: float) -> None:
    clock.told(date(seconds))
    assert clock.now() == MOMENT + timedelta(seconds=seconds)
    own.moment = MOMENT + timedelta(seconds=seconds)  # somebody sets it
    clock.told(date(seconds))
    assert clock.now() == own.now()


def test_what_is_measured_with_a_doubt_changes_nothing(clock: DiscordClock) -> None:
    clock.told(date(FAR))
    for doubt in (1, -1):
        clock.told(date(FAR + doubt))
    assert clock.offset == timedelta(seconds=FAR)


@pytest.mark.parametrize("odd", ["", "yesterday", "Fri, 27 Nov 2026 12:00:00", "Fri, 99 Nov 2026 12:00:00 GMT"])
def test_what_is_no_date_changes_nothing(clock: DiscordClock, odd: str) -> None:
    clock.told(odd)
    assert clock.now() == MOMENT


def test_what_has_happened_is_not_in_the_future(clock: DiscordClock) -> None:
    clock.happened(MOMENT - timedelta(seconds=FAR))  # it may have been told late
    assert clock.now() == MOMENT
    clock.happened(MOMENT + timedelta(seconds=FAR))
    assert clock.now() == MOMENT + timedelta(seconds=FAR)


def test_times_are_shown_as_they_are_by_discords_clock(clock: DiscordClock) -> None:
    reply = Reply(lines=((Timestamp(MOMENT),),), entries=(Entry(lines=(("then ", Timestamp(MOMENT)),)),))
    assert clock.shown(reply) is reply
    clock.told(date(-FAR))
    right = Timestamp(datetime.fromtimestamp(MOMENT.timestamp() - FAR, UTC))
    assert clock.shown(reply) == Reply(lines=((right,),), entries=(Entry(lines=(("then ", right),)),))
