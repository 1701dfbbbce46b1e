"""Buttons pressed before the bot knows of their message: Slack shows it to people first, and answers the bot later."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for, slack_platform, until
from tests.support.builders import SetClock
from tests.support.sqlite import statuses

POST = "chat.postMessage"
ENDED = ["Again", "Edit prompt"]


def public(people: SlackDriver) -> list[tuple[str, list[str]]]:
    """Return what everybody sees: the id of each message of the bot's, and its buttons."""
    return [(seen.id, seen.buttons) for seen in people.seen() if not seen.private]


def private(people: SlackDriver) -> list[str]:
    return [seen.text for seen in people.seen() if seen.private]


async def asked(people: SlackDriver) -> Seen:
    """Return the first message of a job, which Slack shows before it tells the bot of it."""
    await people.imagine("a boat")
    return await people.wait_for(lambda seen: "Cancel" in seen.buttons)


def is_cancelled(seen: Seen) -> bool:
    return "Cancelled while waiting" in seen.text


def is_stopped(seen: Seen) -> bool:
    return not seen.private and "had already been sent" in seen.text


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_job_cancelled_before_slack_answered_ends_in_the_message_that_was_pressed(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot, mode: str, arrives: bool
) -> None:
    answered = asyncio.Event()
    slack.fail(POST, answered=answered.wait, lost=not arrives)
    async with slack_platform(start_bot, mode=mode, slack=slack) as people:
        waiting = await asked(people)
        await people.press(waiting, "Cancel")
        await people.wait_for(is_cancelled)
        answered.set()
    assert public(people) == [(waiting.id, ENDED)]
    assert private(people) == ["Cancelled. Nothing was charged."]
    assert gateway.requests == []


async def test_what_was_cancelled_and_is_heard_again_gets_no_second_answer(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    answered = asyncio.Event()
    slack.fail(POST, answered=answered.wait)
    async with slack_platform(start_bot, slack=slack) as people:
        said = await slack.mention("@imagine a boat")
        waiting = await people.wait_for(lambda seen: "Cancel" in seen.buttons)
        await people.press(waiting, "Cancel")
        await people.wait_for(is_cancelled)
        await slack.again(said, 1)
        answered.set()
    assert public(people) == [(waiting.id, ENDED)]
    assert private(people) == ["Cancelled. Nothing was charged."]
    assert gateway.requests == []


async def test_a_job_stopped_before_slack_answered_ends_in_the_message_that_was_pressed(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot, tmp_path: Path
) -> None:
    """The first message is refused for a moment, so that the worker posts one."""
    gateway.hold()
    answered = asyncio.Event()
    slack.fail(POST, error="fatal_error")
    slack.fail(POST, answered=answered.wait, lost=True)
    async with slack_platform(start_bot, slack=slack) as people:
        await people.imagine("a boat")
        drawing = await people.wait_for(lambda seen: "Stop" in seen.buttons)
        pressing = asyncio.create_task(people.press(drawing, "Stop"))
        await until(lambda: statuses(tmp_path / "imagine.db") == ["stopped"])
        answered.set()
        await pressing
        await people.wait_for(is_stopped)
    assert public(people) == [(drawing.id, ENDED)]


async def test_a_job_cancelled_on_a_stray_is_seen_to_end_once(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    gateway.hold()
    slack.fail(POST, lost=True)
    async with slack_platform(start_bot, slack=slack) as people:
        await people.imagine("a boat")
        drawing = await people.wait_for(lambda seen: "Stop" in seen.buttons)
        stray = await people.wait_for(lambda seen: "Cancel" in seen.buttons)
        await people.press(stray, "Cancel")
        await people.wait_for(is_stopped)
        await until(lambda: public(people) == [(drawing.id, ENDED)])


async def test_a_first_message_goes_if_another_process_has_shown_the_job_meanwhile(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    """By the clock of that process, the time is over that the job is held for its message."""
    clock, answered = SetClock(), asyncio.Event()
    clock.set(30)  # a minute later the asker would be told in another message, too
    slack.fail(POST, answered=answered.wait)
    async with slack_platform(start_bot, mode="http", slack=slack) as people:
        waiting = await asked(people)
        async with start_bot(**settings_for(slack, "http"), clock=clock):
            drawn = await people.wait_for(lambda seen: bool(seen.images))
        answered.set()
        await until(lambda: public(people) == [(drawn.id, ENDED)])
    assert drawn.id != waiting.id
    assert len(gateway.requests) == 1


async def test_a_message_that_was_deleted_before_slack_answered_stays_so(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    answered = asyncio.Event()
    slack.fail(POST, answered=answered.wait)
    async with slack_platform(start_bot, slack=slack) as people:
        waiting = await asked(people)
        slack.world.delete(waiting.id)
        answered.set()
        assert (await people.wait_for(lambda seen: bool(seen.images))).private
    assert len(gateway.requests) == 1
