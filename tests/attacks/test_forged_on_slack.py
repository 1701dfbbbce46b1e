"""Requests that somebody forges in Slack's place, sends again, or makes Slack send by a client of their own."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.core.model import Action
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, SIGNING_SECRET, FakeSlack, Message, View
from tests.fakes.slack_delivery import Delivery, Signer
from tests.fakes.slack_driver import SlackDriver, slack_platform, until

Json = dict[str, Any]

NOBODYS = "0661315a9999999999zzzzzzzz"
ACTIONS = [action for action in Action if action is not Action.UNCLEAR]


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture(scope="module")
async def people(start_bot: StartBot, slack: FakeSlack) -> AsyncIterator[SlackDriver]:
    async with slack_platform(start_bot, mode="http", slack=slack) as driver:
        yield driver


def message_of(slack: FakeSlack, seen: Seen) -> Message:
    return next(message for message in slack.world.messages if message.ts == seen.id)


@pytest.fixture(scope="module")
async def drawn(people: SlackDriver, slack: FakeSlack) -> Message:
    """Return a message in a channel, with the buttons of a job of ada's."""
    await people.imagine("a harbour at night")
    return message_of(slack, await people.wait_for(lambda seen: bool(seen.images)))


@pytest.fixture(scope="module")
async def private(slack: FakeSlack, drawn: Message) -> str:
    """Return the id of a job that ada asked the bot for directly."""
    alone = SlackDriver(slack, channel=slack.world.direct(slack.person("ada").id).name)
    await alone.imagine("an unmistakable secret")
    seen = await alone.wait_for(lambda seen: bool(seen.images) and "unmistakable" in seen.text)
    return str(slack.pressed(message_of(slack, seen), "Again")["actions"][0]["value"])


@pytest.fixture(scope="module")
async def deleted(slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, drawn: Message) -> str:
    """Return the id of a job whose message an admin deleted, and which only ada has seen since."""
    gateway.hold()
    await people.imagine("an unmistakable secret in public")
    drawing = message_of(slack, await people.wait_for(lambda seen: "Stop" in seen.buttons))
    job = str(slack.pressed(drawing, "Stop")["actions"][0]["value"])
    slack.world.delete(drawing.ts)
    gateway.release()
    await people.wait_for(lambda seen: bool(seen.images) and "Share" in seen.buttons)
    return job


async def pressed(slack: FakeSlack, message: Message, action: str, value: object, user: str = "grace") -> Delivery:
    """Let somebody press a button that the message doesn't have."""
    payload = slack.pressed(message, "Again", user=user)
    payload["actions"][0] |= {"action_id": f"imagine:{action}:0", "value": value}
    return await slack.deliver(payload)


def to_grace(slack: FakeSlack) -> list[str]:
    """Return what she alone was told, in messages and forms."""
    messages = [message.text for message in slack.seen("grace") if message.ephemeral_to]
    return [*messages, *(json.dumps(view.view) for view in slack.open_views("grace"))]


async def told_next(slack: FakeSlack, before: int) -> str:
    await until(lambda: len(to_grace(slack)) > before)
    (said,) = to_grace(slack)[before:]
    return said


@pytest.mark.parametrize(
    ("action", "value"),
    [
        *((str(action), NOBODYS) for action in ACTIONS),
        ("again", ""),
        ("again", None),
        ("again", "' OR '1'='1"),
        ("show", "../../imagine.db"),
        ("page", "9" * 5000),
        ("cancel", "\x00🛶"),
        ("__class__", NOBODYS),
    ],
)
async def test_a_forged_button_draws_and_shows_nothing(
    slack: FakeSlack, gateway: FakeCometAPI, drawn: Message, action: str, value: object
) -> None:
    before, told = len(gateway.requests), len(to_grace(slack))
    assert (await pressed(slack, drawn, action, value)).acknowledged
    assert "harbour" not in await told_next(slack, told)
    assert len(gateway.requests) == before
    assert "harbour" in drawn.text  # which everybody sees


@pytest.mark.parametrize("action", ACTIONS)
async def test_what_somebody_drew_alone_stays_theirs_after_any_press(
    slack: FakeSlack, gateway: FakeCometAPI, drawn: Message, private: str, action: Action
) -> None:
    before, told = len(gateway.requests), len(to_grace(slack))
    assert (await pressed(slack, drawn, action, private)).acknowledged
    assert "secret" not in await told_next(slack, told)
    assert len(gateway.requests) == before


async def opened(slack: FakeSlack) -> View:
    assert (await slack.command("/imagine", "", user="grace")).acknowledged
    await until(lambda: bool(slack.open_views("grace")))
    return slack.open_views("grace")[-1]


@pytest.mark.parametrize("job", ["private", NOBODYS, "' OR '1'='1", {"a": 1}])
async def test_a_forged_form_draws_nothing(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, private: str, job: object
) -> None:
    before, view = len(gateway.requests), await opened(slack)
    kept = json.loads(view.view["private_metadata"])
    view.view["private_metadata"] = json.dumps(kept | {"job": private if job == "private" else job})
    delivery = await slack.submit(view, {"prompt": "a kite"}, user="grace")
    assert delivery.acknowledged
    assert delivery.answer["response_action"] == "update"
    assert delivery.answer["view"]["blocks"][0]["type"] == "alert"
    assert "secret" not in json.dumps(delivery.answer)
    assert len(gateway.requests) == before


@pytest.mark.parametrize(
    "typed",
    [
        {"n:dall-e-3": "1000"},
        {"n:dall-e-3": "-1"},
        {"n:dall-e-3": "9" * 5000},
        {"size:dall-e-3": "99999x99999"},
        {"model": "../../v1/chat"},
        {"response_format": "url"},
        {"user": "somebody"},
        {"prompt": "\u200b\u2060"},
        {"prompt": "x" * 100_000},
    ],
)
async def test_forged_options_are_refused_before_anything_is_spent(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, typed: dict[str, str]
) -> None:
    before, view = len(gateway.requests), await opened(slack)
    element = {"type": "plain_text_input", "action_id": "forged"}
    view.view["blocks"] = [{"type": "input", "block_id": name, "element": element} for name in ("prompt", *typed)]
    delivery = await slack.submit(view, {"prompt": "a boat", **typed}, user="grace")
    assert delivery.answer["response_action"] == "errors"
    assert len(gateway.requests) == before


async def post(slack: FakeSlack, body: str, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{slack.bot_url}/slack/events", data=body, headers=headers) as answer,
    ):
        await answer.read()
        return answer.status


def command(slack: FakeSlack, text: str) -> str:
    payload = slack.deliveries[0].payload | {"text": text, "trigger_id": slack.triggers.trigger(slack.person("ada").id)}
    return urlencode(payload)


async def test_a_signed_request_that_is_sent_again_draws_nothing(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, drawn: Message
) -> None:
    before, body = len(gateway.requests), command(slack, "a lighthouse")
    headers = Signer(secret=SIGNING_SECRET).headers(body)
    assert [await post(slack, body, headers) for _ in range(4)] == [200] * 4
    await people.wait_for(lambda seen: bool(seen.images) and "a lighthouse" in seen.text)
    assert len(gateway.requests) == before + 1
    assert sum("a lighthouse" in message.text for message in slack.seen("ada")) == 1


@pytest.mark.parametrize("skew", [-302.0, 302.0])
async def test_a_signature_is_good_for_five_minutes(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, drawn: Message, skew: float
) -> None:
    before, body = len(gateway.requests), command(slack, "a lighthouse")
    assert await post(slack, body, Signer(secret=SIGNING_SECRET, skew=skew).headers(body)) == 401
    assert len(gateway.requests) == before


async def test_a_signature_is_for_one_body_and_one_moment(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, drawn: Message
) -> None:
    before, body = len(gateway.requests), command(slack, "a lighthouse")
    headers = Signer(secret=SIGNING_SECRET).headers(body)
    later = {**headers, "X-Slack-Request-Timestamp": str(int(headers["X-Slack-Request-Timestamp"]) + 1)}
    other = {**headers, "X-Slack-Signature": "v1" + headers["X-Slack-Signature"].removeprefix("v0")}
    assert await post(slack, f"{body}&text=a+kite", headers) == 401
    assert await post(slack, body, later) == 401
    assert await post(slack, body, other) == 401
    assert len(gateway.requests) == before


@pytest.mark.parametrize("payload", ["[" * 100_000, "{", "null", "[]"])
async def test_signed_junk_is_refused_without_a_traceback(
    slack: FakeSlack, people: SlackDriver, caplog: pytest.LogCaptureFixture, payload: str
) -> None:
    body = urlencode({"payload": payload})
    assert 400 <= await post(slack, body, Signer(secret=SIGNING_SECRET).headers(body)) < 500
    assert not [record for record in caplog.records if record.exc_info]


DOORS = [
    *(("button", str(action)) for action in ACTIONS),
    *(("form", callback) for callback in ("imagine-edit", "imagine-delete", "imagine-show")),
    *((way, f"show {{{name}}}") for way in ("/imagine", "mention", "message") for name in ("job", "number")),
    ("/history", "secret"),
]


async def test_twenty_strangers_with_the_ids_of_jobs_get_nothing_of_them_by_any_door(
    slack: FakeSlack, people: SlackDriver, gateway: FakeCometAPI, drawn: Message, private: str, deleted: str
) -> None:
    before = len(gateway.requests)
    everybody = [message.ts for message in slack.world.messages if not message.ephemeral_to]
    for number in range(20):
        stranger, jobs = f"stranger {number}", (private, deleted)
        slack.channel("design").members.add(slack.person(stranger).id)
        job = jobs[number // 10]
        for kind, door in DOORS[number % 10 :: 10]:  # two of them come to each
            text = door.format(job=job, number=job[-8:])
            match kind:
                case "button":
                    await pressed(slack, drawn, text, job, stranger)
                case "form":
                    kept = json.dumps({"channel": drawn.channel, "job": job})
                    shown = {"blocks": [], "callback_id": text, "private_metadata": kept}
                    view = View(id=f"V{number}{text}", hash="0", view=shown, user=slack.person(stranger).id)
                    assert "secret" not in json.dumps((await slack.submit(view, {}, user=stranger)).answer)
                case "mention":
                    await slack.mention(f"@imagine {text}", user=stranger)
                case "message":
                    await slack.say(text, user=stranger)
                case command:
                    await slack.command(command, text, user=stranger)
        told = [message.text for message in slack.seen(stranger) if message.author == BOT and message is not drawn]
        assert not any("secret" in each and "None of your images" not in each for each in told)
        assert slack.open_views(stranger) == []
    asked = len(gateway.requests)
    public = [each for each in slack.world.messages if not each.ephemeral_to and each.ts not in everybody]
    assert asked == before
    assert not any("secret" in message.text for message in public)
    for job in (private, deleted):
        await slack.command("/imagine", f"show {job}", user="ada")
        await people.wait_for(shows(job))


def shows(job: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.images) and job[-8:].upper() in seen.text
