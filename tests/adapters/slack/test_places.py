"""Where the bot may not post: before anything is spent it says so, and afterwards it finds another way."""

import asyncio

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, FakeSlack
from tests.fakes.slack_driver import SlackDriver, until
from tests.fakes.slack_faults import GARBLED


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def _nothing_is_spent(chat: SlackDriver, gateway: FakeCometAPI) -> None:
    chat.channel = "design"
    await chat.quota()
    assert "20 of 20" in (await chat.wait_for(lambda seen: "images left" in seen.text)).text
    assert gateway.requests == []


@pytest.mark.parametrize("kind", ["public", "private"])
async def test_in_a_channel_without_the_bot_it_says_how_to_invite_it(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, kind: str
) -> None:
    slack.channel("elsewhere", kind=kind, bot=False)
    chat.channel = "elsewhere"
    await chat.imagine("a boat")
    notified = await chat.wait_for(lambda seen: "/invite @imagine" in seen.text)
    assert notified.private
    assert slack.seen("grace") == []
    await _nothing_is_spent(chat, gateway)


async def test_between_two_people_it_says_that_it_cannot_come(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.channel("ada-and-grace", kind="im", bot=False)
    socket_chat.channel = "ada-and-grace"
    await socket_chat.imagine("a boat")
    notified = await socket_chat.wait_for(lambda seen: "Ask in a channel" in seen.text)
    assert "/invite" not in notified.text
    await _nothing_is_spent(socket_chat, gateway)


@pytest.mark.parametrize("why", ["left", "archived"])
async def test_an_image_whose_channel_closed_comes_as_a_direct_message(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, why: str
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: "Drawing" in seen.text)
    channel = slack.channel("design")
    if why == "left":
        channel.members.remove(BOT)
    else:
        channel.refuses = "is_archived"
    gateway.release()
    direct = await socket_chat.wait_for(drawn)
    assert direct.private
    assert "couldn't post in #design" in direct.text
    assert not any(map(drawn, socket_chat.seen(user="grace")))


async def test_a_message_that_cannot_be_edited_any_more_is_replaced(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    drawing = await socket_chat.wait_for(lambda seen: "Drawing" in seen.text)
    slack.fail("chat.update", error="edit_window_closed", times=9)
    gateway.release()
    assert (await socket_chat.wait_for(drawn)).id != drawing.id
    await until(lambda: [seen.private for seen in socket_chat.seen()] == [False])


async def test_a_lost_answer_does_not_post_twice_and_the_image_comes(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    slack.fail("chat.postMessage", lost=True)
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: seen.private and "queue" in seen.text)
    gateway.release()
    await socket_chat.wait_for(drawn)
    assert len(gateway.requests) == 1
    assert len(slack.called("chat.postMessage")) == 2


async def test_an_answer_that_cannot_be_read_is_a_lost_one(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    async def asks(number: int, garbled: str, answered_as: str) -> None:
        user = f"user-{number}"
        slack.channel("design").members.add(slack.person(user).id)
        slack.fail("chat.postMessage", garbled=garbled, answered_as=answered_as, about=f"{user}: a boat")
        await socket_chat.imagine("a boat", user=user)
        await socket_chat.wait_for(lambda seen: seen.private and "queue" in seen.text, user=user)
        await socket_chat.wait_for(lambda seen: drawn(seen) and f"{user}: a boat" in seen.text, user=user)

    await asyncio.gather(*(asks(number, *garbled) for number, garbled in enumerate(GARBLED)))
    assert len(gateway.requests) == len(GARBLED)
    assert len(slack.called("chat.postMessage")) == 2 * len(GARBLED)


async def test_a_slow_slack_does_not_delay_the_acknowledgement(chat: SlackDriver, slack: FakeSlack) -> None:
    slack.fail("chat.postMessage", delay=3.5)
    await chat.imagine("a boat")
    assert slack.deliveries[0].acknowledged
    await chat.wait_for(drawn)


async def test_a_short_rate_limit_is_waited_out(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    slack.fail("chat.postMessage", retry_after=1)
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(drawn)
    assert len(slack.called("chat.postMessage")) == 2
    assert slack.deliveries[0].acknowledged


async def test_in_the_bots_own_messages_it_simply_draws(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    direct = slack.world.direct(slack.person("ada").id)
    socket_chat.channel = direct.name
    await socket_chat.imagine("a boat")
    assert "couldn't post" not in (await socket_chat.wait_for(drawn)).text
