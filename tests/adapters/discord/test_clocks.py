"""Clocks: a machine whose clock differs from Discord's answers all the same, and shows times that are right."""

import re

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings

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
