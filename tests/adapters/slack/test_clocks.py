"""Clocks: a machine whose clock differs from Slack's answers all the same, and shows times that are right."""

import re
import time

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.slack import SIGNING_SECRET, FakeSlack
from tests.fakes.slack_delivery import Signer
from tests.fakes.slack_driver import slack_platform

FAR = 1000.0


@pytest.mark.parametrize("ahead", [FAR, -FAR])
async def test_a_machine_whose_clock_is_wrong_answers_and_shows_right_times(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, ahead: float, caplog: pytest.LogCaptureFixture
) -> None:
    slack.ahead = -ahead
    gateway.hold()
    async with slack_platform(start_bot, mode="http", slack=slack) as chat:
        await chat.imagine("a boat")
        drawing = await chat.wait_for(lambda seen: "Drawing" in seen.text)
        (started,) = [
            element
            for message in slack.world.messages
            for element in message.blocks[0]["elements"][0]["elements"]
            if element["type"] == "date"
        ]
        gateway.release()
        await chat.wait_for(lambda seen: seen.id == drawing.id and bool(seen.images))
        slack.signer = Signer(secret=SIGNING_SECRET, skew=-600)
        assert (await slack.command("/imagine", "a kite")).status == 401
    assert abs(started["timestamp"] - (time.time() + slack.ahead)) < 60
    assert started["format"] == "{ago}"
    wrong = "ahead of" if ahead > 0 else "behind"
    said = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
    assert [re.sub(r"\d+", "N", line) for line in said] == [
        f"this machine's clock is N s {wrong} Slack's: set it, for example by NTP"
    ]
