"""Clocks: a machine whose clock differs from Discord's answers all the same, and shows times that are right."""

import re

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import CHANNEL
from tests.support.builders import SetClock

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


async def test_what_is_posted_again_seconds_later_is_the_message_that_is_there_already(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    """Its last line says how long the images took, which is longer then."""
    clock, post = SetClock(), f"POST /channels/{CHANNEL}/messages"
    async with start_bot(**settings(discord), clock=clock):
        discord.fail(Fault(where="PATCH", status=403, code=50005, times=9, files=True))
        discord.fail(Fault(where=f"POST /api/v10/channels/{CHANNEL}", cut=True, processed=True))
        await people.imagine("a boat")
        await discord.until(lambda: post in discord.rest.requests)
        clock.set(10)
        await discord.until(lambda: discord.rest.requests.count(post) == 2)
        await discord.until(lambda: len(people.seen(user="grace")) == 1)
    assert [bool(seen.images) for seen in people.seen(user="grace")] == [True]
