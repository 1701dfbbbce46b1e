"""Waits that Discord asks for: they are left to the ledger, cost no try, and nothing is sent before they are over."""

import logging
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from discord import RateLimited

from adapters.discord.private_images import PrivateImages
from adapters.discord.waits import Waits, asked_for
from bot.core.replies import Reply
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import Interaction
from tests.support.builders import MovableClock
from tests.support.discord_stage import Stage, place_of
from tests.support.one_job import OneJob

LONG = 75.0
NOON = "Fri, 27 Nov 2026 12:00:00 GMT"
LATER = "Fri, 27 Nov 2026 12:01:15 GMT"
LONG_WAITS = {
    "Discord": Fault(where="PATCH", status=429, retry_after=LONG),
    "something before it": Fault(where="PATCH", status=429, retry_after=LONG, via=False),
    "a page": Fault(where="PATCH", status=429, page="<html>", headers={"Retry-After": str(LONG)}),
    "a page with a date": Fault(where="PATCH", status=429, page="<html>", headers={"Retry-After": LATER, "Date": NOON}),
    "no wait in the body": Fault(where="PATCH", status=429, headers={"Retry-After": str(LONG)}),
}


async def delivered(stage: Stage, ledger: OneJob) -> timedelta:
    """Try to show the outcome. Return for how long that was put off; the clock of the waits stands still."""
    before = ledger.clock.now()
    await stage.delivery(ledger).outcome(ledger.job)
    return ledger.clock.now() - before


@pytest.mark.parametrize("asked", LONG_WAITS)
async def test_a_long_wait_is_left_to_the_ledger_and_nothing_is_sent_before_it_is_over(
    stage: Stage, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ledger, message = await stage.drawing("ada")
    stage.discord.fail(replace(LONG_WAITS[asked]))
    sent = stage.discord.rest.requests
    sent.clear()
    assert await delivered(stage, ledger) == timedelta(seconds=LONG)
    assert await delivered(stage, ledger) == timedelta(seconds=LONG)
    assert (len(sent), ledger.job.deliveries, message.attachments) == (1, 0, [])
    assert "Discord asks to wait 75 s" in caplog.text
    stage.clock.move(LONG)
    assert await delivered(stage, ledger) == timedelta()
    assert ([line.split()[0] for line in sent[:2]], len(message.attachments)) == (["PATCH", "PATCH"], 1)


def used_up(where: str, seconds: float = LONG) -> Fault:
    """Take a request, and say that it was the last one for this many seconds."""
    headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": str(seconds)}
    return Fault(where=where, headers=headers)


async def test_a_limit_that_is_used_up_costs_nobody_what_was_taken(stage: Stage) -> None:
    ledger, message = await stage.drawing("ada")
    stage.discord.fail(used_up("PATCH"))
    assert await delivered(stage, ledger) == timedelta()
    assert (ledger.told, len(message.attachments)) == (True, 1)


async def test_nothing_is_sent_before_a_limit_that_was_used_up_is_open_again(stage: Stage) -> None:
    ledger, message = await stage.drawing("ada", lambda _: stage.discord.fail(used_up("PATCH")))
    stage.clock.move(60)
    sent = stage.discord.rest.requests
    sent.clear()
    assert await delivered(stage, ledger) == timedelta(seconds=15)
    assert (sent, message.attachments) == ([], [])
    stage.clock.move(15)
    assert await delivered(stage, ledger) == timedelta()
    assert len(message.attachments) == 1


async def test_a_wait_that_the_progress_was_asked_for_holds_for_the_outcome(stage: Stage) -> None:
    def limited(sent: Interaction) -> None:
        stage.discord.fail(Fault(where="PATCH", status=429, retry_after=LONG, about=sent.token))

    ledger, message = await stage.drawing("ada", limited)
    stage.clock.move(60)
    assert await delivered(stage, ledger) == timedelta(seconds=15)
    other, theirs = await stage.drawing("grace")
    assert await delivered(stage, other) == timedelta()
    assert (len(theirs.attachments), len(message.attachments)) == (1, 0)


async def test_a_wait_for_all_of_the_bots_requests_leaves_those_by_a_token_alone(stage: Stage) -> None:
    ledger, message = await stage.drawing("ada")
    stage.discord.fail(Fault(where="PATCH /api/v10/webhooks", status=401, code=50027))
    stage.discord.fail(Fault(where="PATCH /api/v10/channels", status=429, retry_after=LONG, everywhere=True))
    assert await delivered(stage, ledger) == timedelta(seconds=LONG)
    assert await delivered(stage, ledger) == timedelta()
    assert len(message.attachments) == 1


async def test_a_limit_of_the_bots_own_requests_is_left_to_the_ledger_too(stage: Stage) -> None:
    ledger, message = await stage.drawing("ada")
    stage.discord.fail(Fault(where="PATCH /api/v10/webhooks", status=401, code=50027, times=2))
    stage.discord.fail(used_up("PATCH /api/v10/channels", 20))
    assert await delivered(stage, ledger) == timedelta()
    stage.discord.rest.requests.clear()
    assert await delivered(stage, ledger) == timedelta(seconds=20)
    assert not any("PATCH /channels" in line for line in stage.discord.rest.requests)
    assert (ledger.job.deliveries, len(message.attachments)) == (0, 1)


@pytest.mark.parametrize(("wait", "shown"), [(LONG, True), (1200.0, False)])
async def test_a_private_answer_waits_for_as_long_as_its_token_lives(stage: Stage, wait: float, shown: bool) -> None:
    sent = await stage.asked("ada")
    stage.discord.fail(Fault(where="PATCH", status=429, retry_after=wait, times=2))
    stage.discord.rest.requests.clear()

    async def pause(seconds: float) -> None:
        stage.clock.move(seconds)

    images = PrivateImages(stage.messenger, pause=pause)
    await images.show(place_of(sent), Reply(lines=(("Your list.",),)))
    assert (stage.discord.world.messages[sent.original or ""].content == "Your list.") is shown
    assert len(stage.discord.rest.requests) == (3 if shown else 1)


@pytest.mark.parametrize("odd", ['"75"', "NaN", "null", '"soon"', "[75]", "-1", "9" * 400, '"²"'])
async def test_an_odd_wait_is_read_as_far_as_it_can_be(stage: Stage, odd: str) -> None:
    ledger, _ = await stage.drawing("ada")
    body, headers = f'{{"message": "slow", "retry_after": {odd}, "global": false}}', {"Retry-After": str(LONG)}
    stage.discord.fail(Fault(where="PATCH", status=429, json=body, headers=headers))
    assert await delivered(stage, ledger) == timedelta(seconds=LONG)
    assert ledger.job.deliveries == 0


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ("PATCH /api/v10/webhooks/1/token/messages/@original", True),
        ("PATCH /api/v10/webhooks/1/token/messages/20", True),
        ("DELETE /api/v10/webhooks/1/token/messages/20", False),
        ("POST /api/v10/webhooks/1/token", False),
        ("PATCH /api/v10/webhooks/1/another/messages/@original", False),
        ("PATCH /api/v10/channels/1/messages/20", False),
    ],
)
def test_a_limit_is_of_a_method_a_kind_of_thing_and_a_place(line: str, waits: bool) -> None:
    kept = Waits(MovableClock())
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": str(LONG)}
    kept.used_up("PATCH", "/api/v10/webhooks/1/token/messages/30", headers)
    with pytest.raises(RateLimited) if waits else nullcontext():
        kept.left(*line.split())


@pytest.mark.parametrize("given", ["", "soon", "nan", "inf", "-5", "²", f"Fri, 27 Nov {'9' * 20} 12:00:00 GMT"])
def test_a_text_that_is_no_wait_is_not_kept_to(given: str) -> None:
    assert asked_for({"Retry-After": given, "Date": NOON}) is None


def test_a_wait_until_a_moment_is_measured_by_the_clock_that_says_so() -> None:
    assert asked_for({"Retry-After": LATER, "Date": NOON}) == LONG
    assert asked_for({"Retry-After": NOON, "Date": LATER}) == 0
