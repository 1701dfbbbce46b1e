"""A workspace that takes no files: people are told so, nothing more is drawn for a while, and Show again heals it."""

import asyncio

import pytest

from adapters.slack.file_refusals import FileRefusals
from adapters.slack.refusals import meaning_of
from bot.core.chat import Meaning
from bot.core.model import Status
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, until
from tests.fakes.slack_faults import DOCUMENTED
from tests.support.builders import MovableClock
from tests.support.slack_stage import Stage

UPLOADING = ("files.getUploadURLExternal", "files.completeUploadExternal")
PAIRS = [(method, code) for method in UPLOADING for code in DOCUMENTED[method]]
REFUSED = [pair for pair in PAIRS if meaning_of(*pair) is Meaning.NO_FILES]
SENTENCE = (
    "Drawn, but this workspace takes no files from me (file_uploads_disabled). "
    "An admin can allow it; then press Show again."
)
NOW_NONE = "This workspace takes no files from me now (file_uploads_disabled). Nothing was charged."
MINUTE = 60


async def test_under_each_name_of_slacks_people_are_told_its_word_and_what_to_do(
    stage: Stage, slack: FakeSlack
) -> None:
    async def told(method: str, code: str) -> tuple[str, list[str]]:
        name = f"{method}-{code}".lower()

        def fail(channel: str, asker: str) -> None:
            slack.fail(method, error=code, about=f"({name})")

        (seen,) = (await stage.outcome(name, fail, tries=1)).seen
        return seen.text.splitlines()[-2], seen.buttons

    answers = await asyncio.gather(*(told(method, code) for method, code in REFUSED))
    expected = [SENTENCE.replace("file_uploads_disabled", code) for _, code in REFUSED]
    assert [line for line, _ in answers] == expected
    assert {tuple(buttons) for _, buttons in answers} == {("Show again", "Again", "Edit prompt")}
    assert len(REFUSED) > 12


async def test_images_of_a_stopped_job_can_be_shown_again_too(stage: Stage, slack: FakeSlack) -> None:
    def fail(channel: str, asker: str) -> None:
        slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")

    (seen,) = (await stage.outcome("ada", fail, Status.STOPPED)).seen
    assert "Stopped." in seen.text
    assert seen.buttons == ["Show again", "Again", "Edit prompt"]


@pytest.mark.parametrize(
    "code", ["slack_connect_file_link_sharing_blocked", "slack_connect_canvas_sharing_blocked", "is_inactive"]
)
async def test_what_a_policy_of_a_shared_channel_forbids_comes_as_a_direct_message(stage: Stage, code: str) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error=code, about=channel, times=5)

    ended = await stage.outcome("ada", fail)
    (direct,) = [seen for seen in ended.seen if seen.images]
    assert direct.private
    assert "I couldn't post in #channel-ada, so here it is." in direct.text


async def test_until_files_are_taken_again_nothing_is_bought_and_an_admin_brings_what_is_stored(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")
    await socket_chat.imagine("a boat")
    told = await socket_chat.wait_for(lambda seen: SENTENCE in seen.text)

    await socket_chat.imagine("a kite", user="grace")
    await socket_chat.wait_for(lambda seen: seen.text == NOW_NONE and seen.private, user="grace")
    before = len(socket_chat.seen(user="grace"))
    await socket_chat.imagine("", user="grace")  # no form is opened in which somebody would write for nothing
    for button in ("Again", "Edit prompt"):
        await socket_chat.press(told, button, user="grace")
    await until(lambda: len(socket_chat.seen(user="grace")) == before + 3)
    assert {seen.text for seen in socket_chat.seen(user="grace")[before:]} == {NOW_NONE}
    assert slack.open_views("grace") == []

    await socket_chat.press(told, "Show again", user="root")
    shown = await socket_chat.wait_for(lambda seen: bool(seen.images))
    assert (shown.id, len(gateway.requests)) == (told.id, 1)
    await socket_chat.imagine("a kite", user="grace")
    await socket_chat.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images), user="grace")
    await socket_chat.quota()
    await socket_chat.wait_for(lambda seen: "(1 used)" in seen.text)


def test_after_ten_minutes_one_upload_decides_for_all() -> None:
    clock = MovableClock()
    refusals = FileRefusals(clock)
    assert refusals.code("T1") == ""
    refusals.refused("T1", "storage_limit_reached")
    clock.move(10 * MINUTE - 1)
    assert (refusals.code("T1"), refusals.code("T2")) == ("storage_limit_reached", "")
    clock.move(1)
    assert refusals.code("T1") == ""
    refusals.let_in("T1")
    assert refusals.code("T1") == "storage_limit_reached"
    clock.move(MINUTE)
    refusals.refused("T1", "storage_limit_reached")
    clock.move(10 * MINUTE - 1)
    assert refusals.code("T1") == "storage_limit_reached"
    clock.move(1)
    refusals.let_in("T1")
    refusals.taken("T1")
    refusals.let_in("T1")
    assert refusals.code("T1") == ""


def test_a_job_that_never_comes_to_its_upload_keeps_others_out_for_two_minutes_only() -> None:
    clock = MovableClock()
    refusals = FileRefusals(clock)
    refusals.refused("T1", "storage_limit_reached")
    clock.move(10 * MINUTE)
    refusals.let_in("T1")
    clock.move(2 * MINUTE)
    assert refusals.code("T1") == ""
