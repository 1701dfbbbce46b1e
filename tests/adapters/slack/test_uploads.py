"""An image is uploaded once, no matter what becomes of the tries to show it, and which process makes them."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from adapters.slack.address import SlackAddress
from bot.core.model import Status
from tests.fakes.cometapi import png
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_world import media_type
from tests.support.one_job import OneJob
from tests.support.pictures import mark_of
from tests.support.slack_stage import Ended, Stage, tells

FOUR = [png(number, (8, 8)) for number in range(4)]


def noise(side: int) -> bytes:
    """Return a PNG that takes many bytes."""
    file = io.BytesIO()
    Image.effect_noise((side, side), 80).convert("RGB").save(file, "PNG")
    return file.getvalue()


LARGE = noise(200)


def nothing(channel: str, asker: str) -> None:
    """Let everything work."""


def is_drawn(ended: Ended, images: int = 1) -> bool:
    return ended.ledger.told and [len(seen.images) for seen in ended.seen if seen.images] == [images]


@pytest.mark.parametrize(
    ("hidden", "processed", "showable"),
    [(3, 0, 0), (0, 3, 0), (0, 0, 12), (20, 25, 12)],
    ids=["unknown to files.info", "not processed", "refused in blocks", "all three, for most of a minute"],
)
async def test_a_file_that_is_not_there_yet_is_waited_for_by_every_process_and_uploaded_once(
    stage: Stage, slack: FakeSlack, hidden: int, processed: int, showable: int
) -> None:
    world = slack.world
    world.hidden_seconds, world.processing_seconds, world.showable_seconds = hidden, processed, showable
    ended = await stage.outcome("ada", nothing, clock=stage.clocked(), tries=10)
    assert is_drawn(ended)
    assert (len(slack.world.files), ended.ledger.job.deliveries) == (1, 0)
    assert len(slack.called("chat.update")) <= 12


async def test_a_file_of_a_known_type_is_shown_before_it_is_processed(stage: Stage, slack: FakeSlack) -> None:
    slack.world.optimistic, slack.world.processing_seconds = True, 3600
    assert is_drawn(await stage.outcome("ada", nothing, clock=stage.clocked()))
    assert slack.called("files.info") == []


async def test_a_file_that_never_comes_is_uploaded_once_more_and_then_told_in_words(
    stage: Stage, slack: FakeSlack
) -> None:
    slack.world.processing_seconds = 10**9
    ended = await stage.outcome("ada", nothing, clock=stage.clocked(), tries=40)
    assert ended.ledger.told
    assert any(tells(seen) for seen in ended.seen)
    assert len(slack.world.files) == 2
    assert SlackAddress.of(ended.ledger.job.origin.address).files == {}


@pytest.mark.parametrize("restarts", [True, False])
async def test_a_limit_on_looking_at_the_files_costs_no_upload(stage: Stage, slack: FakeSlack, restarts: bool) -> None:
    slack.world.processing_seconds = 30
    slack.fail("files.info", retry_after=4, times=3)
    ended = await stage.outcome("ada", nothing, images=FOUR, clock=stage.clocked(), tries=10, restarts=restarts)
    assert is_drawn(ended, 4)
    assert (len(slack.world.files), ended.ledger.job.deliveries) == (4, 0)
    assert len(slack.called("files.completeUploadExternal")) == 1


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 503}, {"retry_after": 40}])
async def test_bytes_that_are_lost_on_their_way_are_sent_again_and_no_others(
    stage: Stage, slack: FakeSlack, fault: dict[str, Any]
) -> None:
    def fail(channel: str, asker: str) -> None:
        slack.fail("upload", about="image 3 of 4", **fault)

    ended = await stage.outcome("ada", fail, images=FOUR, restarts=False)
    assert is_drawn(ended, 4)
    alts = [call["alt_txt"].split(" by ")[0] for call in slack.called("files.getUploadURLExternal")]
    assert sorted(alts) == [f"AI-generated: image {number} of 4" for number in (1, 2, 3, 3, 4)]
    assert ended.ledger.job.deliveries == (0 if "retry_after" in fault else 1)


async def test_after_the_first_image_the_others_are_uploaded_at_once(stage: Stage, slack: FakeSlack) -> None:
    going = asyncio.Event()

    def fail(channel: str, asker: str) -> None:
        for number in (2, 3, 4):
            slack.fail("upload", about=f"image {number} of 4", after=going.wait)

    showing = asyncio.create_task(stage.outcome("ada", fail, images=FOUR))
    async with asyncio.timeout(60):
        while len(slack.called("files.getUploadURLExternal")) < 4:
            await asyncio.sleep(0.01)
    assert [bool(file.data) for file in slack.world.files.values()] == [True, False, False, False]
    going.set()
    assert is_drawn(await showing, 4)


async def test_an_upload_whose_completion_is_answered_to_nobody_is_completed(stage: Stage, slack: FakeSlack) -> None:
    slack.fail("files.completeUploadExternal", lost=True)
    assert is_drawn(await stage.outcome("ada", nothing, restarts=False))
    assert len(slack.world.files) == 1


async def test_another_process_shows_what_was_uploaded_before_a_message_failed(stage: Stage, slack: FakeSlack) -> None:
    def fail(channel: str, asker: str) -> None:
        slack.fail("chat.update", error="fatal_error", times=2)

    assert is_drawn(await stage.outcome("ada", fail, images=FOUR), 4)
    assert len(slack.world.files) == 4


@pytest.mark.parametrize("refused_by", ["files.getUploadURLExternal", "upload"])
async def test_a_picture_that_is_too_large_is_sent_once_more_as_a_smaller_jpeg(
    stage: Stage, slack: FakeSlack, refused_by: str
) -> None:
    def fail(channel: str, asker: str) -> None:
        if refused_by == "upload":
            slack.fail("upload", status=413)
        else:
            slack.world.largest_file = len(LARGE) - 1

    ended = await stage.outcome("ada", fail, images=[LARGE])
    assert is_drawn(ended)
    ((image,),) = [seen.images for seen in ended.seen]
    assert media_type(image) == "image/jpeg"
    assert mark_of(image)
    assert len(image) <= len(LARGE) // 2
    assert ended.ledger.job.deliveries == 0


async def test_a_picture_that_is_too_large_even_then_is_told_in_words(stage: Stage, slack: FakeSlack) -> None:
    slack.world.largest_file = 10
    (seen,) = (await stage.outcome("ada", nothing, images=[LARGE])).seen
    assert tells(seen)
    lengths = [int(call["length"]) for call in slack.called("files.getUploadURLExternal")]
    assert len(lengths) == 2
    assert lengths[1] <= lengths[0] // 2


@pytest.mark.parametrize("refuses", [{}, {"status": 503}, {"error": "cant_delete_file"}], ids=str)
async def test_uploads_that_never_became_visible_are_deleted(
    stage: Stage, slack: FakeSlack, refuses: dict[str, Any]
) -> None:
    clock = stage.clocked()
    messenger = stage.messenger(clock)
    job = await stage.drawing("ada", messenger, clock)
    library_image = await stage.library.keep("ada", 0, FOUR[0], model="dall-e-3")
    ledger = OneJob(replace(job, status=Status.DELIVERING, images=(library_image,)), clock)
    slack.world.showable_seconds = 1e9
    if refuses:
        slack.fail("files.delete", times=2, **refuses)
    for _ in range(40):
        if not ledger.told:
            await stage.delivery(ledger, messenger).outcome(ledger.job)
    assert ledger.told
    assert len(slack.world.files) == 2
    await messenger.clear_up()
    await messenger.clear_up()
    kept = [file for file in slack.world.files.values() if not file.deleted]
    assert len(kept) == (2 if "error" in refuses else 0)
    before = len(slack.called("files.delete"))
    await messenger.clear_up()
    assert len(slack.called("files.delete")) == before


async def test_no_upload_that_a_message_shows_is_deleted(stage: Stage, slack: FakeSlack) -> None:
    assert is_drawn(await stage.outcome("ada", nothing, clock=stage.clocked()))
    assert slack.called("files.delete") == []
