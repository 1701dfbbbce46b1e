"""Something answers in Slack's place, or answers half: no method leaves a traceback, and everybody gets a sentence."""

import pytest

from bot.core.language import speak
from tests.adapters.slack.test_sockets import both_live, connecting
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
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


@pytest.mark.parametrize(("missing", "locale"), [("user_id", "en-US"), ("channel_id", "ja-JP")])
async def test_a_command_that_cannot_be_read_is_answered(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, missing: str, locale: str
) -> None:
    slack.person("ada").locale = locale
    await chat.quota()
    payload = {name: value for name, value in slack.deliveries[-1].payload.items() if name != missing}
    delivery = await slack.deliver({**payload, "command": "/imagine", "text": "a boat"})
    assert delivery.acknowledged
    sorry = "Something went wrong on my side. Nothing was charged; please try again."
    assert (await chat.wait_for(lambda seen: seen.text == speak(locale).label(sorry))).private
    await chat.imagine("a kite")
    await chat.wait_for(lambda seen: bool(seen.images))
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("odd", [{"user": {}}, {"channel": "C00000004"}])
async def test_a_press_that_cannot_be_read_is_answered_if_slack_says_where(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, odd: dict[str, object]
) -> None:
    await socket_chat.imagine("a boat")
    drawn = await socket_chat.wait_for(lambda seen: bool(seen.images))
    message = next(message for message in slack.world.messages if message.ts == drawn.id)
    broken = slack.pressed(message, "Again") | odd
    assert (await slack.deliver(broken)).acknowledged
    assert (await socket_chat.wait_for(lambda seen: "Something went wrong on my side." in seen.text)).private
    assert (await slack.deliver({**broken, "response_url": ""})).acknowledged
    assert len(gateway.requests) == 1


async def test_a_form_that_cannot_be_read_stays_open(slack: FakeSlack, start_bot: StartBot) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack) as chat:
        await chat.imagine("")
        await until(lambda: bool(slack.open_views()))
        await slack.submit(slack.open_views()[-1], {"prompt": "a boat"})
        broken = {**slack.deliveries[-1].payload, "user": {}}
        assert (await slack.deliver(broken)).status == 500  # Slack says that something went wrong, in the form


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
