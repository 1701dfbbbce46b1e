"""Images in a new message of the bot's are shown once, though Slack can't tell whether it was posted before."""

from collections.abc import Callable

import pytest

from tests.fakes.slack import FakeSlack
from tests.support.slack_stage import Ended, Stage

EVER = 100
NOT_CHANGED = "edit_window_closed"
CLOSED = "channel_not_found"

Fail = Callable[[FakeSlack], None]


def is_old(slack: FakeSlack) -> None:
    """Let the message be too old to be changed."""
    slack.fail("chat.update", error=NOT_CHANGED)


def is_closed(slack: FakeSlack) -> None:
    """Let the channel be closed to the bot, so that the images go to the asker."""
    slack.fail("chat.update", error=CLOSED)


async def outcome(stage: Stage, *fail: Fail, is_seen: bool = True) -> Ended:
    def fails(channel: str, person: str) -> None:
        for each in fail:
            each(stage.slack)

    ended = await stage.outcome("ada", fails, is_seen=is_seen)
    assert ended.well
    return ended


@pytest.mark.parametrize("fail", [is_old, is_closed])
async def test_a_new_message_whose_answer_is_lost_leaves_words_and_no_second_image(stage: Stage, fail: Fail) -> None:
    def lose(slack: FakeSlack) -> None:
        fail(slack)  # also at the next try
        slack.fail("chat.postMessage", lost=True)

    seen = (await outcome(stage, fail, lose)).seen
    assert sorted((len(each.images), bool(each.buttons)) for each in seen) == [(0, False), (1, True)]


async def test_a_change_whose_answer_is_lost_is_made_again(stage: Stage) -> None:
    def lose(slack: FakeSlack) -> None:
        is_old(slack)
        slack.fail("chat.update", lost=True)

    (seen,) = (await outcome(stage, lose)).seen
    assert (len(seen.images), bool(seen.buttons)) == (1, True)


async def test_images_of_a_job_without_a_first_message_are_shown_once_if_an_answer_is_lost(stage: Stage) -> None:
    def lose(slack: FakeSlack) -> None:
        slack.fail("chat.update", lost=True)

    (seen,) = (await outcome(stage, lose, is_seen=False)).seen
    assert (len(seen.images), bool(seen.buttons)) == (1, True)


async def test_where_no_message_can_be_changed_one_is_posted_with_its_images(stage: Stage) -> None:
    def never(slack: FakeSlack) -> None:
        slack.fail("chat.update", error=NOT_CHANGED, times=EVER)

    (seen,) = (await outcome(stage, never)).seen
    assert (len(seen.images), bool(seen.buttons)) == (1, True)


async def test_where_words_may_stand_and_images_may_not_nothing_is_left_but_the_direct_message(stage: Stage) -> None:
    def refuse(slack: FakeSlack) -> None:
        is_old(slack)
        slack.fail("chat.update", error="slack_connect_file_upload_sharing_blocked")

    (seen,) = (await outcome(stage, refuse)).seen
    assert (len(seen.images), seen.private) == (1, True)
