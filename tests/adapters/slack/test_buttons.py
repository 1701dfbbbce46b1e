"""Buttons: again, edit, cancel, stop; which people may press them, how often, and after a restart."""

import asyncio

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def _message(slack: FakeSlack, seen: Seen) -> Message:
    return next(message for message in slack.world.messages if message.ts == seen.id)


async def test_again_is_a_new_image_charged_to_the_person_who_presses(chat: SlackDriver, slack: FakeSlack) -> None:
    await chat.imagine("a boat")
    first = await chat.wait_for(drawn)
    await chat.press(first, "Again", user="grace")
    second = await chat.wait_for(lambda seen: drawn(seen) and seen.id != first.id)
    assert "grace: a boat" in second.text
    await chat.quota(user="grace")
    await chat.wait_for(lambda seen: "19 of 20" in seen.text, user="grace")
    asked = [call["user"] for call in slack.called("users.info")]
    assert asked == [slack.person("ada").id, slack.person("grace").id]


async def test_a_redelivered_press_makes_one_image(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await socket_chat.imagine("a boat")
    first = await socket_chat.wait_for(drawn)
    payload = slack.pressed(_message(slack, first), "Again")
    deliveries = [await slack.deliver(payload), await slack.deliver(payload, retry=1)]
    assert all(delivery.acknowledged for delivery in deliveries)
    await socket_chat.wait_for(lambda seen: drawn(seen) and seen.id != first.id)
    assert len(gateway.requests) == 2
    assert len(socket_chat.seen()) == 2


async def test_a_redelivered_command_makes_one_image(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    delivery = await slack.command("/imagine", "a boat")
    again = await slack.deliver(delivery.payload, retry=1)
    assert again.acknowledged
    await socket_chat.wait_for(drawn)
    assert len(gateway.requests) == 1
    assert len(socket_chat.seen()) == 1


async def test_edit_opens_the_prompt_and_draws_the_new_one(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await chat.imagine("a boat --size landscape")
    first = await chat.wait_for(drawn)
    await chat.press(first, "Edit prompt")
    await until(lambda: bool(slack.open_views()))
    (view,) = slack.open_views()
    assert view.view["blocks"][0]["element"]["initial_value"] == "a boat"
    await slack.submit(view, {"prompt": "a kite"})
    second = await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert second.id != first.id
    assert view.closed
    assert gateway.requests[1].body["size"] == gateway.requests[0].body["size"]


async def test_a_refused_edit_can_be_corrected_in_the_modal(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await socket_chat.imagine("a boat --model dall-e-2")
    await socket_chat.press(await socket_chat.wait_for(drawn), "Edit prompt")
    await until(lambda: bool(slack.open_views()))
    (view,) = slack.open_views()
    await slack.submit(view, {"prompt": "x" * 1001})
    assert "takes at most 1,000" in view.errors["prompt"]
    assert not view.closed
    await slack.submit(view, {"prompt": "a kite"})
    await socket_chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)


async def test_an_edit_that_comes_too_late_to_open_says_so(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await socket_chat.imagine("a boat")
    first = await socket_chat.wait_for(drawn)
    payload = slack.pressed(_message(slack, first), "Edit prompt")
    slack.triggers.skew += 4
    await slack.deliver(payload)
    assert (await socket_chat.wait_for(lambda seen: "try again" in seen.text)).private


async def test_only_the_asker_or_an_admin_can_stop(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    drawing = await socket_chat.wait_for(lambda seen: "Stop" in seen.buttons)
    assert "Only the person who asked" in await told_on_stopping(socket_chat, drawing, "grace")
    assert (await told_on_stopping(socket_chat, drawing, "root")).startswith("Stopped")
    await socket_chat.wait_for(lambda seen: seen.id == drawing.id and "Stopped" in seen.text)


async def told_on_stopping(chat: SlackDriver, drawing: Seen, user: str) -> str:
    """Press Stop, again while Slack takes too long to say who that is, as on a busy machine; return the answer."""
    before = {seen.id for seen in chat.seen(user=user)}
    await chat.press(drawing, "Stop", user=user)
    told = (await chat.wait_for(lambda seen: seen.private and seen.id not in before, user=user)).text
    return await told_on_stopping(chat, drawing, user) if "I can't find out now" in told else told


async def test_a_waiting_job_is_cancelled_where_slack_does_not_say_who_is_admin(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, slack=slack, max_concurrent_jobs=1) as chat:
        gateway.hold()
        await chat.imagine("a boat")
        await chat.wait_for(lambda seen: "Stop" in seen.buttons)
        await chat.imagine("a kite")
        waiting = await chat.wait_for(lambda seen: "Cancel" in seen.buttons)
        slack.fail("users.info", delay=5)
        await chat.press(waiting, "Cancel")
        await chat.wait_for(lambda seen: seen.id == waiting.id and "Cancelled" in seen.text)
        assert slack.deliveries[-1].acknowledged
        assert "Cancel" not in (await chat.wait_for(lambda seen: seen.id == waiting.id)).buttons


async def test_buttons_work_after_a_restart(slack: FakeSlack, start_bot: StartBot) -> None:
    async with slack_platform(start_bot, slack=slack) as chat:
        await chat.imagine("a boat")
        first = await chat.wait_for(drawn)
    async with slack_platform(start_bot, slack=slack) as chat:
        await chat.press(first, "Again")
        await chat.wait_for(lambda seen: drawn(seen) and seen.id != first.id)


async def test_a_job_that_waited_through_a_restart_ends_in_its_message(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, slack=slack, max_concurrent_jobs=1) as chat:
        gateway.hold()
        await chat.imagine("a boat")
        await chat.wait_for(lambda seen: "Stop" in seen.buttons)
        await chat.imagine("a kite")
        waiting = await chat.wait_for(lambda seen: "Cancel" in seen.buttons)
    gateway.release()
    async with slack_platform(start_bot, slack=slack) as chat:
        kite = await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
        assert kite.id == waiting.id
        await chat.wait_for(lambda seen: "a boat" in seen.text and "restarted" in seen.text)


async def test_a_message_that_waits_for_a_rate_limit_does_not_undo_a_stop(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await gateway.vanish()
    slack.fail("chat.update", retry_after=1)
    await socket_chat.imagine("a boat")
    await until(lambda: len(slack.called("chat.update")) >= 1)
    waiting = await socket_chat.wait_for(lambda seen: "Cancel" in seen.buttons)
    await socket_chat.press(waiting, "Cancel")
    stopped = await socket_chat.wait_for(lambda seen: seen.id == waiting.id and "Stopped" in seen.text)
    await asyncio.sleep(2.5)  # until the message that was put off would be sent
    assert socket_chat.seen()[0] == stopped
