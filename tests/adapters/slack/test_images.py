"""From `/imagine` to the image, on the real slack-bolt client over both transports."""

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says, png
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until


async def test_the_placeholder_becomes_the_image_by_an_update(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await chat.imagine("a paper boat")
    placeholder = await chat.wait_for(lambda seen: "Drawing" in seen.text)
    assert placeholder.buttons == ["Stop"]
    gateway.release()
    drawn = await chat.wait_for(lambda seen: bool(seen.images))
    assert drawn.id == placeholder.id
    assert "ada: a paper boat" in drawn.text
    assert "a paper boat" in drawn.alts[0]
    assert drawn.buttons == ["Again", "Edit prompt"]
    assert len(slack.called("chat.postMessage")) == 1
    assert [call["alt_txt"] for call in slack.called("files.getUploadURLExternal")] == drawn.alts
    assert all(delivery.acknowledged for delivery in slack.deliveries)
