"""What answers in Slack's place, or answers half: no method leaves a traceback, and nobody is left without a word."""

import pytest

from tests.adapters.slack.test_sockets import both_live, connecting
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.slack_faults import GARBLED

SOME = GARBLED[::3]


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


async def test_a_ticket_that_cannot_be_read_is_asked_for_again(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    for garbled, kind in SOME:
        slack.fail("apps.connections.open", garbled=garbled, answered_as=kind)
    async with connecting(slack) as adapter:
        await both_live(slack)
        assert not adapter.unready
    assert tracebacks(caplog) == []


async def test_commands_and_forms_are_answered(
    socket_chat: SlackDriver, slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    for number, (garbled, kind) in enumerate(SOME):
        user = f"user-{number}"
        slack.channel("design").members.add(slack.person(user).id)
        for method in ("users.info", "views.open"):
            slack.fail(method, garbled=garbled, answered_as=kind)
        await socket_chat.imagine("", user=user)
        await socket_chat.wait_for(lambda seen: "busy" in seen.text, user=user)
        slack.fail("views.update", garbled=garbled, answered_as=kind)
        await slack.choose(slack.open_views(user)[-1], "model", "dall-e-2", user=user)
        assert all(delivery.acknowledged for delivery in slack.deliveries)
    assert tracebacks(caplog) == []
