"""However Slack refuses an outcome, it ends in the image, a sentence or a direct message, and in no button *Stop*."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from adapters.slack.refusals import meaning_of
from bot.core.chat import Meaning
from bot.core.model import Status
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.slack_faults import DOCUMENTED, GARBLED, UNDOCUMENTED
from tests.support.slack_stage import Ended, Stage, tells

FILES = ("files.getUploadURLExternal", "files.completeUploadExternal", "files.info")
DELIVERY = ("chat.postMessage", "chat.update", "conversations.open", *FILES)
PAIRS = [(method, code) for method in DELIVERY for code in DOCUMENTED[method]]
PASSING = {Meaning.NOT_NOW, Meaning.UNAUTHORIZED}
FOR_EVER = 12
DELETED = {"cant_update_message", "message_not_found"}
UNKNOWN_FILE = {"response_metadata": {"messages": ["[ERROR] invalid slack file"]}}


async def test_every_documented_refusal_of_an_outcome_ends_in_an_image_a_sentence_or_a_direct_message(
    stage: Stage,
) -> None:
    ended = await asyncio.gather(*(_refused(stage, method, code) for method, code in PAIRS))
    well = [each.well for each in ended]
    badly = [(*pair, each.seen, each.ledger.job) for pair, each in zip(PAIRS, ended, strict=True) if not each.well]
    assert badly == []
    assert (sum(well), len(PAIRS)) == (281, 281)


async def test_every_documented_refusal_of_progress_leaves_no_stop_once_the_job_has_ended(stage: Stage) -> None:
    pairs = [(method, code) for method, code in PAIRS if method not in FILES]
    ended = await asyncio.gather(*(_refused(stage, *pair, times=3, progress=True) for pair in pairs))
    badly = [(*pair, each.seen) for pair, each in zip(pairs, ended, strict=True) if not each.well]
    assert badly == []


async def _refused(
    stage: Stage,
    method: str,
    code: str,
    status: Status = Status.DELIVERING,
    *,
    times: int | None = None,
    progress: bool = False,
) -> Ended:
    """Let Slack refuse this so many times; if no number is given, without end, unless the refusal is a passing one."""
    name = f"{method}-{code}".lower()
    often = times or (2 if meaning_of(method, code) in PASSING else FOR_EVER)
    return await stage.outcome(name, _failing(stage, method, name, times=often, error=code), status, progress=progress)


def _failing(stage: Stage, method: str, name: str, *, unknown: int = 1, **fault: Any) -> Callable[[str, str], None]:
    """Return a function that lets a method fail, and everything that must be refused before that."""
    slack = stage.slack

    def fail(channel: str, asker: str) -> None:
        match method:
            case "chat.postMessage":
                slack.fail("chat.update", error="edit_window_closed", about=channel, times=FOR_EVER)
                about = channel
            case "chat.update":
                if fault.get("error") in DELETED:
                    slack.world.messages[:] = [each for each in slack.world.messages if each.channel != channel]
                about = channel
            case "conversations.open":
                slack.fail("chat.update", error="posting_to_channel_denied", about=channel, times=FOR_EVER)
                about = asker
            case "files.info":  # it is asked only after a message with the file was refused
                slack.fail("chat.update", error="invalid_blocks", about=channel, more=UNKNOWN_FILE, times=unknown)
                about = f"({name})"
            case _:
                about = f"({name})"
        slack.fail(method, about=about, **fault)

    return fail


async def test_what_no_documentation_names_is_told_soon_as_well(stage: Stage) -> None:
    async def outcome(method: str) -> Ended:
        name = method.lower()
        return await stage.outcome(name, _failing(stage, method, name, times=FOR_EVER, error=UNDOCUMENTED))

    ended = await asyncio.gather(*map(outcome, DELIVERY))
    assert [each.well for each in ended] == [True] * len(DELIVERY)


async def test_words_that_slack_does_not_take_cost_no_picture(stage: Stage) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error="msg_too_long", about="ada: a boat", times=FOR_EVER)

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (len(seen.images), seen.buttons) == (1, ["Again", "Edit prompt"])
    assert "a boat" not in seen.text
    assert seen.alts == ["AI-generated: image by dall-e-3"]
    assert "The words are left out" in seen.text


@pytest.mark.parametrize("method", [*DELIVERY, "upload"])
async def test_twelve_rate_limits_of_any_method_cost_no_try(stage: Stage, slack: FakeSlack, method: str) -> None:
    name, uploads = method.lower(), method in {*FILES[:2], "upload"}
    fail = _failing(stage, method, name, unknown=FOR_EVER, times=FOR_EVER, retry_after=4)
    ended = await stage.outcome(name, fail, tries=FOR_EVER + 4, restarts=not uploads)
    assert ended.well
    assert any(seen.images for seen in ended.seen)
    assert ended.ledger.job.deliveries == 0
    assert len([file for file in slack.world.files.values() if file.data]) == 1


@pytest.mark.parametrize("seconds", ["²", "nan", "-1", "Wed, 21 Oct 2037 07:28:00 GMT", ""])
async def test_a_rate_limit_that_says_nonsense_is_one_all_the_same(stage: Stage, seconds: str) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", retry_after=seconds, about=channel)

    ended = await stage.outcome("ada", fail)
    assert any(seen.images for seen in ended.seen)
    assert ended.ledger.job.deliveries == 0


async def test_an_answer_that_cannot_be_read_is_no_verdict_and_costs_no_upload(stage: Stage, slack: FakeSlack) -> None:
    async def outcome(method: str, number: int) -> Ended:
        (garbled, answered_as), name = GARBLED[number], f"{method}-{number}".lower()
        fail = _failing(stage, method, name, garbled=garbled, answered_as=answered_as)
        return await stage.outcome(name, fail, restarts=False)

    cases = [(method, number) for method in DELIVERY for number in range(0, len(GARBLED), 3)]
    ended = await asyncio.gather(*(outcome(*case) for case in cases))
    badly = [case for case, each in zip(cases, ended, strict=True) if not any(seen.images for seen in each.seen)]
    assert badly == []
    assert len([file for file in slack.world.files.values() if file.data]) == len(cases)


@pytest.mark.parametrize("method", FILES[:2])
async def test_images_of_a_stopped_job_that_are_refused_are_told_in_words(stage: Stage, method: str) -> None:
    ended = await _refused(stage, method, "no_permission", Status.STOPPED)
    assert ended.well
    assert ["Stopped" in seen.text and tells(seen) for seen in ended.seen] == [True]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long"])
async def test_where_slack_calls_every_message_wrong_a_text_alone_is_shown(stage: Stage, code: str) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error=code, about='"blocks": [{', times=FOR_EVER)

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (seen.buttons, tells(seen)) == ([], True)


async def test_what_slack_calls_wrong_twice_is_shown_whole(stage: Stage) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error="invalid_blocks", about=channel, times=2)

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (len(seen.images), seen.buttons) == (1, ["Again", "Edit prompt"])


async def test_a_file_that_somebody_deleted_before_it_was_shown_is_uploaded_again(
    stage: Stage, slack: FakeSlack
) -> None:
    def fail(channel: str, asker: str) -> None:
        slack.fail("chat.update", status=503, about=channel)

    clock = stage.clocked()
    ledger = (await stage.outcome("ada", fail, tries=1, clock=clock)).ledger
    (deleted,) = slack.world.files.values()
    deleted.deleted = True
    for _ in range(20):
        if not ledger.told:
            await stage.delivery(ledger, stage.messenger(clock)).outcome(ledger.job)
    assert (ledger.told, [file.deleted for file in slack.world.files.values()]) == (True, [True, False])
    assert sum(len(seen.images) for seen in SlackDriver(slack).seen(user="ada")) == 1
