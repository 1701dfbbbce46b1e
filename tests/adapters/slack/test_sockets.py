"""Socket Mode's connections: what Slack, networks and other processes do to them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.address import SlackAddress
from adapters.slack.commands import SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.slack.timings import Timings
from bot.core.clock import SystemClock
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError
from bot.core.images.library import ImageLibrary
from bot.core.supervise import failure_of
from tests.conftest import StartBot
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until

TWO = 2
QUICK = Timings(stagger=0.05, first_pause=0.05, refused_pause=0.2, longest_refused_pause=0.6, ping=0.1, silence=10)


def without_images() -> SlackMessenger:
    return SlackMessenger(cast("ImageLibrary", None), clock=SystemClock(), commands=SlackCommands())


@asynccontextmanager
async def connecting(
    slack: FakeSlack, timings: Timings = QUICK, *, messenger: SlackMessenger | None = None
) -> AsyncIterator[SlackAdapter]:
    """Run the adapter alone: no test here asks its bot for anything."""
    messenger = messenger or without_images()
    adapter = SlackAdapter(
        cast("Bot", None),
        messenger,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        api_url=slack.api_url,
        timings=timings,
    )
    running = asyncio.create_task(failure_of(adapter.run()))
    try:
        yield adapter
    finally:
        assert not running.done()
        running.cancel()
        await asyncio.wait({running})


@asynccontextmanager
async def connected(slack: FakeSlack, timings: Timings = QUICK) -> AsyncIterator[SlackAdapter]:
    async with connecting(slack, timings) as adapter:
        await both_live(slack)
        yield adapter


async def both_live(slack: FakeSlack) -> None:
    await until(lambda: len(slack.socket_mode.links) >= TWO)


async def cut(slack: FakeSlack) -> None:
    those = [*slack.socket_mode.links]  # another one may come at once
    slack.socket_mode.cut()
    await until(lambda: not any(link in slack.socket_mode.links for link in those))


async def is_heard(slack: FakeSlack) -> bool:
    """Whether the adapter acknowledges what Slack sends."""
    view = {"id": "V1", "callback_id": "unknown", "type": "modal"}
    return (await slack.deliver({"type": "view_closed", "view": view})).acknowledged


def said(caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
    lines = [record.getMessage() for record in caplog.records if record.name.startswith(("adapters", "bot"))]
    return [line for line in lines if all(word in line for word in words)]


@pytest.mark.parametrize(("reason", "cure"), [("too_many_websockets", "stop"), ("link_disabled", "turn it on")])
async def test_a_connection_that_slack_refuses_is_tried_again_with_growing_pauses_and_said_once(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture, reason: str, cure: str
) -> None:
    slack.socket_mode.refusing = reason
    # They begin again with a short one where Slack has refused none for the longest pause.
    async with connecting(slack, QUICK._replace(longest_refused_pause=60)) as adapter:
        await until(lambda: len(slack.socket_mode.tickets) >= 4)
        first, second, third, fourth = slack.socket_mode.tickets[:4]
        assert second - first > 0.2
        assert third - second > 0.4
        assert fourth - third > 0.8
        assert adapter.unready == f"not connected: Slack refuses a connection ({reason})"
        slack.socket_mode.refusing = ""
        await both_live(slack)
    assert len(said(caplog, reason)) == 1
    assert said(caplog, reason, cure)


async def test_slack_is_left_in_peace_for_seconds_after_a_refusal(slack: FakeSlack) -> None:
    slack.socket_mode.refusing = "too_many_websockets"
    async with connecting(slack, Timings()):
        await until(lambda: bool(slack.socket_mode.tickets))
        await asyncio.sleep(0.8)
        assert len(slack.socket_mode.tickets) == 1


async def test_an_odd_reason_for_a_refusal_is_one_short_line(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.socket_mode.refusing = "\x1b[2J\nERROR forged\u2028\u202e" + "x" * 5000
    async with connecting(slack) as adapter:
        await until(lambda: "before it began" in adapter.unready)
        assert adapter.unready.isprintable()
        assert len(adapter.unready) < 300
    assert all(line.isprintable() and len(line) < 400 for line in said(caplog, "before it began"))


@pytest.mark.parametrize("reason", ["too_many_websockets", "link_disabled"])
async def test_a_live_connection_that_slack_ends_for_such_a_reason_is_not_made_again_at_once(
    slack: FakeSlack, reason: str
) -> None:
    async with connected(slack, Timings(stagger=0.05)):
        await slack.socket_mode.refresh(every=True, reason=reason, seconds=0)
        await asyncio.sleep(0.5)
        assert len(slack.socket_mode.tickets) == TWO


async def test_a_process_that_finds_one_place_left_works_over_one_connection(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.socket_mode.others = 9
    async with connecting(slack) as adapter:
        await until(lambda: len(slack.socket_mode.tickets) >= 4)
        assert slack.socket_mode.connected == 1
        assert not adapter.unready
        assert await is_heard(slack)
        slack.socket_mode.others = 8
        await both_live(slack)
    assert len(said(caplog, "too_many_websockets")) == 1


@pytest.mark.parametrize("is_early", [False, True])
async def test_a_place_that_one_of_ours_leaves_is_taken_again_soon(slack: FakeSlack, is_early: bool) -> None:
    mode = slack.socket_mode
    mode.others = 9
    async with connecting(slack, QUICK._replace(refused_pause=0.1, longest_refused_pause=60, settled=0.1)) as adapter:
        await until(lambda: mode.refused == 5)
        if is_early:  # a refusal that was decided before arrives after it
            mode.refuses.clear()
        await until(lambda: mode.refused == 6)
        await cut(slack)
        left = time.monotonic()
        if is_early:
            await until(lambda: bool(adapter.unready))
            mode.refuses.set()
        await until(lambda: mode.connected == TWO)
        before, last, again = mode.tickets[5:8]
        assert again - left < last - before  # without it, each pause is twice the one before


async def test_what_came_over_a_connection_that_ends_is_acknowledged_over_the_other(slack: FakeSlack) -> None:
    async with connected(slack):
        slack.socket_mode.last = 1
        assert await is_heard(slack)


async def test_what_was_acknowledged_over_a_connection_that_then_ends_is_acknowledged_again_over_the_other(
    slack: FakeSlack,
) -> None:
    async with connected(slack):
        slack.socket_mode.unread = 1
        assert await is_heard(slack)


@pytest.mark.parametrize("how", ["last", "unread"])
async def test_what_came_over_both_connections_is_acknowledged_over_the_next_if_both_end(
    slack: FakeSlack, how: str
) -> None:
    async with connected(slack):
        setattr(slack.socket_mode, how, TWO)
        assert await asyncio.gather(*(is_heard(slack) for _ in range(TWO))) == [True] * TWO


async def test_no_acknowledgement_waits_for_another_connection_once_the_bot_has_left(slack: FakeSlack) -> None:
    async with connected(slack):
        slack.socket_mode.last, slack.socket_mode.refusing = TWO, "link_disabled"
        heard = [asyncio.create_task(is_heard(slack)) for _ in range(TWO)]
        await until(lambda: not slack.socket_mode.links)
    assert not {"a connection to Slack", "a Slack envelope"} & {task.get_name() for task in asyncio.all_tasks()}
    for each in heard:
        each.cancel()


@pytest.mark.parametrize(("reason", "seconds"), [("warning", 3), ("refresh_requested", 2.5)])
async def test_both_connections_refreshed_at_once_lose_no_command(
    socket_chat: SlackDriver, slack: FakeSlack, reason: str, seconds: float
) -> None:
    await both_live(slack)
    slack.fail("apps.connections.open", delay=0.2, times=TWO)
    await slack.socket_mode.refresh(every=True, reason=reason, seconds=seconds)
    for _ in range(30):
        await asyncio.sleep(0.03)
        await socket_chat.quota()
    assert [delivery.acknowledged for delivery in slack.deliveries] == [True] * 30
    await until(lambda: slack.socket_mode.connected == 2 * TWO and len(slack.socket_mode.links) == TWO)


async def test_never_are_both_on_their_way_at_once(slack: FakeSlack) -> None:
    async with connected(slack):
        going = asyncio.Event()
        slack.fail("apps.connections.open", after=going.wait)
        asked = len(slack.called("apps.connections.open"))
        await slack.socket_mode.refresh(every=True, reason="warning", seconds=5)
        await until(lambda: len(slack.called("apps.connections.open")) > asked)
        await asyncio.sleep(0.2)
        assert len(slack.called("apps.connections.open")) == asked + 1
        going.set()
        await until(lambda: slack.socket_mode.connected == 2 * TWO)


async def test_a_connection_works_until_its_successor_is_greeted(slack: FakeSlack) -> None:
    async with connected(slack) as adapter:
        slack.fail("apps.connections.open", status=503, times=6)
        await slack.socket_mode.refresh(every=True, reason="warning", seconds=5)
        for _ in range(10):
            await asyncio.sleep(0.03)
            assert not adapter.unready
            assert await is_heard(slack)
        await until(lambda: slack.socket_mode.connected == 2 * TWO)


@pytest.mark.parametrize("broken", [1, 2, 3])
async def test_after_broken_handshakes_two_are_live_soon_with_new_tickets(slack: FakeSlack, broken: int) -> None:
    slack.socket_mode.broken = broken
    async with connected(slack):
        slack.socket_mode.broken = broken
        await cut(slack)
        await both_live(slack)
        assert await is_heard(slack)
    assert slack.socket_mode.reused == 0


async def test_the_bot_hears_again_soon_after_both_connections_and_their_handshakes_broke(
    slack: FakeSlack, start_bot: StartBot
) -> None:
    async with slack_platform(start_bot, slack=slack) as chat:
        await both_live(slack)
        slack.socket_mode.broken = 2
        await cut(slack)
        await until(lambda: bool(slack.socket_mode.links), seconds=20)  # a longest pause is half a minute
        await chat.quota()
        assert slack.deliveries[-1].acknowledged


async def test_a_handshake_that_hangs_is_given_up_and_its_ticket_too(slack: FakeSlack) -> None:
    slack.socket_mode.hanging = 1
    async with connected(slack, Timings(greeting=2, stagger=0.05)):
        assert len(slack.socket_mode.tickets) == TWO + 1
    assert slack.socket_mode.reused == 0


async def test_a_token_that_was_refused_is_looked_at_again(slack: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    messenger = without_images()
    message = SlackAddress(channel="C0DESIGN", ts="1.1", user="U1").envelope
    async with connecting(slack, QUICK._replace(another_look=0.1), messenger=messenger) as adapter:
        await both_live(slack)
        slack.token_refused = "token_revoked"
        for _ in range(3):
            with pytest.raises(DeliveryError):
                await messenger.delete(message)
        assert adapter.unready == "Slack refuses the bot's token (token_revoked)"
        slack.token_refused = ""
        await until(lambda: not adapter.unready)
    assert len(said(caplog, "token_revoked", "reinstall")) == 1


async def test_a_late_pong_is_no_death(slack: FakeSlack) -> None:
    async with connected(slack, Timings(stagger=0.05, ping=0.1, silence=3)):
        slack.socket_mode.pong_after = 0.5
        await asyncio.sleep(1)
        assert slack.socket_mode.connected == TWO


async def test_a_silent_connection_is_made_again(slack: FakeSlack) -> None:
    async with connected(slack, QUICK._replace(silence=0.5)):
        slack.socket_mode.pong_after = 3600
        await until(lambda: slack.socket_mode.connected >= 2 * TWO)


async def test_no_ticket_is_asked_for_before_the_wait_that_slack_asked_for_is_over(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(slack) as adapter:
        slack.fail("apps.connections.open", retry_after=2)
        asked, began = len(slack.called("apps.connections.open")), time.monotonic()
        await cut(slack)
        await until(lambda: adapter.unready == "not connected: Slack asked to wait 2 seconds")
        await both_live(slack)
        assert slack.socket_mode.tickets[TWO] - began > 2
        assert len(slack.called("apps.connections.open")) == asked + 1 + TWO
    assert len(said(caplog, "wait 2 seconds")) == 1


async def test_connections_of_others_are_said_once(slack: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    slack.socket_mode.others = 2
    async with connected(slack):
        await slack.socket_mode.refresh(every=True)
        await until(lambda: slack.socket_mode.connected == 2 * TWO)
    assert len(said(caplog, "4 connections", "2 of them")) == 1


async def test_own_connections_are_not_taken_for_those_of_others(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(slack):
        await slack.socket_mode.refresh(every=True)
        await until(lambda: slack.socket_mode.connected == 2 * TWO)
        slack.socket_mode.others = 1  # Slack still counts one that broke
        await cut(slack)
        await until(lambda: slack.socket_mode.connected == 3 * TWO)
    assert not said(caplog, "of them")


async def test_an_outage_fills_no_log(slack: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with connected(slack):
        caplog.clear()
        for _ in range(2):
            slack.fail("apps.connections.open", status=503, times=4)
            await cut(slack)
            await both_live(slack)
        lines = said(caplog)
    assert len(said(caplog, "503")) == 1
    assert not said(caplog, "<html")
    assert len(lines) <= 3
    assert not [record for record in caplog.records if record.exc_info]
