"""Connections and signatures: what Slack does to an app that runs for months."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.fakes.slack_delivery import Signer
from tests.fakes.slack_driver import SlackDriver, settings_for, slack_platform, until
from tests.support.trouble import locked


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("socket", ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")),
        ("http", ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN")),
    ],
)
async def test_what_the_environment_says_to_bolt_changes_nothing(
    slack: FakeSlack, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch, mode: str, names: tuple[str, ...]
) -> None:
    for name in names:
        monkeypatch.setenv(name, "xoxb-from-the-environment")
    async with slack_platform(start_bot, mode=mode, slack=slack) as chat:
        await chat.imagine("a boat")
        drawn = await chat.wait_for(lambda seen: bool(seen.images))
        await chat.press(drawn, "Again")
        await chat.wait_for(lambda seen: seen.id != drawn.id and bool(seen.images))
        assert len(slack.called("auth.test")) == 1


async def test_a_wrong_stale_or_missing_signature_is_refused(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack) as chat:
        slack.signer = Signer(secret="another")
        assert (await slack.command("/imagine", "a boat")).status == 401
        slack.signer = Signer(secret=SIGNING_SECRET, skew=-600)
        assert (await slack.command("/imagine", "a boat")).status == 401
        body = urlencode({"command": "/imagine", "text": "a boat"})
        async with aiohttp.ClientSession() as session, session.post(f"{slack.bot_url}/slack/events", data=body) as bare:
            assert bare.status == 401
        slack.signer = Signer(secret=SIGNING_SECRET)
        await chat.quota()
        await chat.wait_for(lambda seen: "20 of 20" in seen.text)
        assert gateway.requests == []


@pytest.mark.parametrize("body", [b"payload={broken", b"payload=null", b"\xff\xfe", b"command=/imagine"])
async def test_what_is_not_from_slack_is_refused_unread(
    slack: FakeSlack, start_bot: StartBot, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    headers = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "now"}
    async with slack_platform(start_bot, mode="http", slack=slack), aiohttp.ClientSession() as session:
        async with session.post(f"{slack.bot_url}/slack/events", data=body, headers=headers) as answer:
            assert answer.status == 401
        async with session.post(f"{slack.bot_url}/slack/events", data=b"ssl_check=1&token=x") as answer:
            assert answer.status == 200
    assert not [record for record in caplog.records if record.exc_info]


async def test_in_socket_mode_nothing_is_served_over_http(slack: FakeSlack, start_bot: StartBot) -> None:
    settings = {"slack_bot_token": BOT_TOKEN, "slack_app_token": APP_TOKEN, "slack_signing_secret": SIGNING_SECRET}
    async with (
        start_bot(slack_api_url=slack.api_url, **settings) as running,
        aiohttp.ClientSession() as session,
        session.post(f"{running.url}/slack/events", data="x=y") as answer,
    ):
        assert answer.status == 404


async def test_bolt_asks_who_it_is_before_the_first_command_and_not_again(chat: SlackDriver, slack: FakeSlack) -> None:
    before = len(slack.called("auth.test"))
    slack.fail("auth.test", delay=4, times=5)
    await chat.quota()
    assert slack.deliveries[-1].acknowledged
    assert len(slack.called("auth.test")) == before


async def test_a_connection_that_slack_refreshes_is_made_again(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await until(lambda: slack.socket_mode.connected == 2)  # the bot is ready with the first of two
    await slack.socket_mode.refresh()
    await until(lambda: slack.socket_mode.connected == 3)
    for _ in range(3):
        await socket_chat.quota()
        assert slack.deliveries[-1].acknowledged


async def test_connections_that_break_are_made_again(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, slack=slack) as chat:
        before = slack.socket_mode.connected
        slack.socket_mode.cut()
        await until(lambda: slack.socket_mode.connected >= before + 2, seconds=30)
        await until(lambda: len(slack.socket_mode.links) >= 2, seconds=30)
        await chat.imagine("a boat")
        await chat.wait_for(drawn)
        assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "wrong", [{"slack_bot_token": "xoxb-wrong", "slack_app_token": APP_TOKEN}, {"slack_app_token": "xapp-wrong"}]
)
async def test_a_refused_token_leaves_the_platform_not_ready_and_is_tried_again(
    slack: FakeSlack, start_bot: StartBot, wrong: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"slack_bot_token": BOT_TOKEN, "slack_api_url": slack.api_url, **wrong}
    method = "auth.test" if "slack_bot_token" in wrong else "apps.connections.open"
    async with start_bot(wait=False, **settings) as running:
        await until(lambda: len(slack.called(method)) >= 2)
        assert not await running.ready()
    assert caplog.text.count("(invalid_auth)") == 1
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_bot_that_is_uninstalled_while_it_draws_says_why_it_is_not_ready_and_shows_the_image_later(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot, mode: str
) -> None:
    async with start_bot(**settings_for(slack, mode)) as running:
        slack.bot_url = running.url if mode == "http" else ""
        chat = SlackDriver(slack)
        gateway.hold()
        await chat.imagine("a boat")
        await chat.wait_for(lambda seen: "Stop" in seen.buttons)
        slack.token_refused = "account_inactive"
        await chat.imagine("a kite", user="grace")
        told = await chat.wait_for(lambda seen: "My message was refused (account_inactive)" in seen.text, user="grace")
        assert told.private
        ready, details = await running.health.readiness(True)
        assert (ready, details["unready"]) == (False, {"slack": "Slack refuses the bot's token (account_inactive)"})
        gateway.release()
        slack.token_refused = ""
        await chat.wait_for(drawn)
        assert await running.ready()
        assert len(gateway.requests) == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"garbled": '{"ok": true}'}])
async def test_a_slack_that_does_not_say_who_the_bot_is_is_connected_to_later(
    slack: FakeSlack, start_bot: StartBot, fault: dict[str, Any]
) -> None:
    slack.fail("auth.test", **fault)
    async with slack_platform(start_bot, slack=slack) as chat:
        assert len(slack.called("auth.test")) == 2
        await chat.quota()
        await chat.wait_for(lambda seen: "20 of 20" in seen.text)


async def test_what_nobody_listens_to_is_acknowledged(chat: SlackDriver, slack: FakeSlack) -> None:
    await chat.imagine("a boat")
    first = await chat.wait_for(drawn)
    message = next(message for message in slack.world.messages if message.ts == first.id)
    payload = slack.pressed(message, "Again")
    strangers = [
        {**payload, "actions": [{**payload["actions"][0], "action_id": "from-an-older-version"}]},
        {**payload, "type": "shortcut", "callback_id": "unknown"},
        {**payload, "type": "view_closed", "view": {"id": "V1", "callback_id": "unknown", "type": "modal"}},
    ]
    for stranger in strangers:
        assert (await slack.deliver(stranger)).acknowledged


async def test_a_button_of_an_action_that_is_no_more_does_not_hang(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await socket_chat.imagine("a boat")
    first = await socket_chat.wait_for(drawn)
    message = next(message for message in slack.world.messages if message.ts == first.id)
    payload = slack.pressed(message, "Again")
    payload["actions"][0]["action_id"] = "imagine:dance:0"
    assert (await slack.deliver(payload)).acknowledged


async def test_no_token_and_no_prompt_reaches_the_log(
    slack: FakeSlack, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with slack_platform(start_bot, slack=slack) as chat:
        await slack.socket_mode.refresh()
        await chat.imagine("an unmistakable prompt")
        await chat.wait_for(drawn)
    ours = [record for record in caplog.records if record.name.startswith(("adapters", "bot", "slack", "aiohttp"))]
    said = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in ours)
    for secret in (BOT_TOKEN, APP_TOKEN, "ticket=", "/hooks/", "unmistakable"):
        assert secret not in said


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_what_is_under_way_is_finished_before_the_bot_stops(
    slack: FakeSlack, start_bot: StartBot, mode: str
) -> None:
    async with slack_platform(start_bot, mode=mode, slack=slack) as chat:
        slack.fail("chat.postMessage", delay=1)
        await chat.imagine("a boat")
    (placeholder,) = slack.world.messages
    async with slack_platform(start_bot, mode=mode, slack=slack) as chat:
        assert (await chat.wait_for(drawn)).id == placeholder.ts
    assert len(slack.world.messages) == 1


async def test_a_press_is_acknowledged_in_time_while_nothing_can_be_written(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.hold()
    await chat.imagine("a boat")
    drawing = await chat.wait_for(lambda seen: "Stop" in seen.buttons)
    with locked(tmp_path / "imagine.db"):
        await chat.press(drawing, "Stop")
        assert slack.deliveries[-1].acknowledged
    await chat.wait_for(lambda seen: seen.private and "Stopped." in seen.text)
    assert (await chat.wait_for(lambda seen: "Again" in seen.buttons)).id == drawing.id
    assert "not acknowledged" not in caplog.text
