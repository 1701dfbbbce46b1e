"""What people deleted stays deleted: its outcome is for the asker alone, or in the history."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, fails
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until

THERE = "Your message in #design was deleted, so only you see this."
QUICK = Timings(notice=0.0, retry=0.1, poll=0.1)


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def delete(slack: FakeSlack, seen: Seen) -> None:
    slack.world.messages[:] = [each for each in slack.world.messages if each.ts != seen.id]


def public(slack: FakeSlack) -> list[Message]:
    """Return everything that others than the asker see."""
    design = slack.channel("design")
    return [each for each in slack.world.messages if each.channel == design.id and not each.ephemeral_to]


async def listed(people: SlackDriver, status: str) -> None:
    """Ask for the history until the one job in it has this status."""
    async with asyncio.timeout(60):
        while not any(status in seen.text for seen in people.seen()[-1:]):
            await asyncio.sleep(0.05)
            await people.history()


async def drawing(people: SlackDriver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("a boat")
    delete(people.slack, await people.wait_for(lambda seen: "Drawing" in seen.text))
    gateway.release()


async def put_off(people: SlackDriver, gateway: FakeCometAPI) -> None:
    gateway.will(fails(429, headers={"Retry-After": "1"}))
    await people.imagine("a boat")
    delete(people.slack, await people.wait_for(lambda seen: "try again" in seen.text))


async def delivering(people: SlackDriver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("a boat")
    message = await people.wait_for(lambda seen: "Drawing" in seen.text)
    failed = len(people.slack.called("chat.update"))
    people.slack.fail("chat.update", status=500)
    gateway.release()
    await until(lambda: len(people.slack.called("chat.update")) > failed)
    delete(people.slack, message)


@pytest.mark.parametrize("when", [drawing, put_off, delivering])
async def test_deleted_at_any_time_only_the_asker_sees_what_becomes_of_it(
    slack: FakeSlack,
    gateway: FakeCometAPI,
    start_bot: StartBot,
    when: Callable[[SlackDriver, FakeCometAPI], Awaitable[None]],
) -> None:
    async with slack_platform(start_bot, slack=slack, timings=QUICK) as people:
        await when(people, gateway)
        direct = await people.wait_for(drawn)
        assert (direct.private, THERE in direct.text) == (True, True)
        assert not any(THERE in seen.text for seen in people.seen(user="grace"))
    assert public(slack) == []


async def test_a_failure_is_told_in_the_same_way(slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot) -> None:
    gateway.will(fails(400, "content_policy_violation"))
    async with slack_platform(start_bot, slack=slack, timings=QUICK) as people:
        await drawing(people, gateway)
        direct = await people.wait_for(lambda seen: "content policy" in seen.text and bool(seen.buttons))
        assert (direct.private, THERE in direct.text) == (True, True)
    assert public(slack) == []


async def test_where_no_direct_message_is_taken_it_is_in_the_history_and_nothing_is_said(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    slack.world.direct(slack.person("ada").id).refuses = "messages_tab_disabled"
    async with slack_platform(start_bot, slack=slack, timings=QUICK) as people:
        await drawing(people, gateway)
        await listed(people, "· not shown yet")
    assert public(slack) == []


async def test_the_asker_shares_it_once_where_it_was_asked(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, slack=slack, timings=QUICK) as people:
        await drawing(people, gateway)
        direct = await people.wait_for(lambda seen: drawn(seen) and "Share" in seen.buttons)
        await listed(people, "· shown")
        await asyncio.gather(*(people.press(direct, "Share") for _ in range(2)))
        await people.wait_for(lambda seen: "I'm posting it in #design." in seen.text)
        shared = await people.wait_for(drawn, user="grace")
        assert (shared.images, shared.buttons) == (direct.images, ["Again", "Edit prompt"])
        assert THERE not in shared.text
        await listed(people, "· shown")
        await people.press(direct, "Share")
        await people.wait_for(lambda seen: "It is shared already. Go to the message" in seen.text)
        delete(slack, shared)
        await people.press(direct, "Share")
        await listed(people, "· shown")
    assert (public(slack), len(gateway.requests), len(slack.world.files)) == ([], 1, 1)


async def test_nobody_else_shares_it(slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot) -> None:
    async with slack_platform(start_bot, slack=slack, timings=QUICK) as people:
        await drawing(people, gateway)
        direct = await people.wait_for(lambda seen: drawn(seen) and "Share" in seen.buttons)
        for stranger in ("grace", "root"):
            await people.press(direct, "Share", user=stranger)
        await people.imagine("a kite", user="grace")
        await people.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text, user="grace")
    assert not any("a boat" in message.text for message in public(slack))
