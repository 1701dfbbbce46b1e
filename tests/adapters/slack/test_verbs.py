"""What the messenger does apart from showing: it deletes, notifies the asker alone, and publishes."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

import tests.fakes.slack as fake
from adapters.slack.address import SlackAddress
from adapters.slack.client import connected
from adapters.slack.commands import SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.slack.refusals import SlackRefusal, meaning_of
from bot.core.chat import Meaning
from bot.core.clock import SystemClock
from bot.core.errors import DeliveryError, MessageDeleted
from bot.core.images.library import ImageLibrary
from bot.core.origin import Address
from bot.core.replies import Picture, Reply, UserText
from storage.images import ObjectImageStore
from tests.fakes.cometapi import png
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_faults import DOCUMENTED

JOB = "0661315a4213cb1d8eb7a7c062"
DRAWING = Reply(lines=(("Drawing",),))
READY = Reply(lines=(("Your images are ready. ", UserText("<!here> <@U00000002>")),))


@pytest.fixture
def library(tmp_path: Path) -> ImageLibrary:
    return ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))


@pytest.fixture
async def messenger(slack: FakeSlack, library: ImageLibrary) -> AsyncIterator[SlackMessenger]:
    """Return a messenger that is connected."""
    slack.world.processing_seconds = slack.world.showable_seconds = 0
    messenger = SlackMessenger(library, clock=SystemClock(), commands=SlackCommands())
    async with connected(fake.BOT_TOKEN, slack.api_url) as client:
        messenger.attach(client)
        yield messenger


@pytest.fixture
def place(slack: FakeSlack) -> SlackAddress:
    """Return where ada asks."""
    ada, design = slack.person("ada"), slack.channel("design")
    return SlackAddress(team="T0WORKSPACE", user=ada.id, channel=design.id, name="#design")


@pytest.fixture
async def shown(messenger: SlackMessenger, place: SlackAddress) -> SlackAddress:
    """Return the address of a message."""
    return SlackAddress.of(await messenger.show(place.envelope, DRAWING))


@pytest.fixture
async def drawn(library: ImageLibrary) -> Reply:
    """Return a reply with an image."""
    picture = Picture(
        job=JOB, index=0, image=await library.keep(JOB, 0, png(1, (8, 8)), model="dall-e-3"), alt="a boat"
    )
    return Reply(lines=(("ada: a boat",),), pictures=(picture,))


async def test_a_message_that_the_bot_itself_deleted_was_not_deleted_by_people(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress, drawn: Reply
) -> None:
    known: list[tuple[Address, int]] = []

    async def remember(address: Address) -> None:
        known.append((address, len(slack.called("chat.delete"))))

    slack.fail("chat.update", error="edit_window_closed")
    replacing = await messenger.show(shown.envelope, DRAWING, remember)
    assert known == [(replacing, 0)]  # before the former one is deleted
    assert SlackAddress.of(await messenger.show(replacing, drawn)).ts == SlackAddress.of(replacing).ts != shown.ts
    assert len(slack.seen("grace")) == 1


@pytest.mark.parametrize("discussed", [False, True])
async def test_only_what_somebody_deleted_is_deleted(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress, drawn: Reply, discussed: bool
) -> None:
    for error in ("block_mismatch", "edit_window_closed"):
        slack.fail("chat.update", error=error)
        shown = SlackAddress.of(await messenger.show(shown.envelope, DRAWING))
        assert not shown.deleted
    if discussed:  # of a message with replies, a tombstone is left, which isn't the bot's any more
        slack.world.post(shown.channel, text="Look!", blocks=[], asked={"thread_ts": shown.ts})
    slack.world.delete(shown.ts)
    left = [message.text for message in slack.seen("grace")]
    progress = await messenger.show(shown.envelope, replace(DRAWING, final=False))
    with pytest.raises(MessageDeleted) as known:
        await messenger.show(shown.envelope, drawn)
    assert progress == shown.gone().envelope
    assert SlackAddress.of(known.value.address) == replace(shown.gone(), files=ANY, uploaded=ANY)
    calls = len(slack.calls)
    assert await messenger.show(progress, replace(DRAWING, final=False)) == progress
    assert (len(slack.calls), [message.text for message in slack.seen("grace")]) == (calls, left)


async def test_a_kill_sends_the_images_to_the_asker_alone_once(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress, drawn: Reply
) -> None:
    slack.world.messages.clear()
    kept = [shown.gone().envelope]

    async def killed(address: Address) -> None:
        kept.append(address)
        raise DeliveryError("killed")

    for _ in range(3):  # after the words, after the upload, and not at all
        with suppress(DeliveryError):
            await messenger.show_alone(kept[-1], drawn, killed)
    (seen,) = slack.seen("ada")
    assert [block["type"] for block in seen.blocks] == ["rich_text", "image"]
    assert (slack.seen("grace"), len(slack.world.files)) == ([], 1)


async def test_a_direct_message_that_was_deleted_too_is_not_sent_again(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress, drawn: Reply
) -> None:
    kept = [shown.gone().envelope]

    async def keep(address: Address) -> None:
        kept.append(address)

    await messenger.show_alone(kept[0], drawn, keep)
    slack.world.messages.clear()
    with pytest.raises(DeliveryError) as refused:
        await messenger.show_alone(kept[-1], drawn, keep)
    assert (refused.value.permanent, slack.seen("ada")) == (True, [])


async def test_the_bot_deletes_its_message_which_may_be_gone_already(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress
) -> None:
    await messenger.delete(shown.envelope)
    assert slack.seen("grace") == []
    await messenger.delete(shown.envelope)


async def test_what_another_wrote_is_not_deleted(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress
) -> None:
    slack.seen("ada")[0].author = shown.user
    with pytest.raises(DeliveryError) as refused:
        await messenger.delete(shown.envelope)
    assert refused.value.permanent


async def test_every_other_refusal_to_delete_is_told(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress
) -> None:
    errors = [error for error in DOCUMENTED["chat.delete"] if error != "message_not_found"]
    for error in errors:
        slack.fail("chat.delete", error=error)
        with pytest.raises(DeliveryError):
            await messenger.delete(shown.envelope)
    assert len(slack.called("chat.delete")) == len(errors)


async def test_a_notice_pings_the_asker_alone_in_the_thread_of_the_message(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress
) -> None:
    await messenger.notify(shown.envelope, READY)
    _, notice = slack.seen("grace")
    assert (notice.pinged, notice.thread) == ({shown.user}, shown.ts)
    assert "<" not in notice.text


async def test_a_notice_of_a_message_in_a_thread_stands_in_the_same_thread(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    began = slack.world.say(place.channel, "@imagine a boat", user=place.user)
    shown = await messenger.publish(replace(place, thread=began.ts).envelope, READY)
    await messenger.notify(shown, READY)
    assert [message.thread for message in slack.seen("grace")] == ["", began.ts, began.ts]


async def test_a_notice_of_a_message_that_was_deleted_does_not_stay_in_the_channel(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress
) -> None:
    slack.world.delete(shown.ts)
    await messenger.notify(shown.envelope, READY)  # Slack posts it, beside no thread
    assert slack.seen("grace") == []


async def test_without_a_message_a_notice_stands_in_the_channel(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    await messenger.notify(place.envelope, READY)
    (notice,) = slack.seen("grace")
    assert (notice.pinged, notice.thread) == ({place.user}, "")


async def test_a_notice_that_is_refused_is_not_sent_again(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    for error in DOCUMENTED["chat.postMessage"]:
        slack.fail("chat.postMessage", error=error)
        with pytest.raises(DeliveryError):
            await messenger.notify(place.envelope, READY)
    assert len(slack.called("chat.postMessage")) == len(DOCUMENTED["chat.postMessage"])
    assert slack.seen("ada") == []


async def test_a_notice_whose_answer_is_lost_is_not_sent_again(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    slack.fail("chat.postMessage", lost=True)
    with pytest.raises(DeliveryError):
        await messenger.notify(place.envelope, READY)
    assert len(slack.seen("ada")) == 1


async def test_what_is_published_is_a_new_message_that_can_be_changed_and_deleted(
    messenger: SlackMessenger, slack: FakeSlack, shown: SlackAddress, drawn: Reply
) -> None:
    published = await messenger.publish(shown.envelope, drawn)
    first, second = slack.seen("grace")
    assert (first.ts, second.ts) == (shown.ts, SlackAddress.of(published).ts)
    assert [block["alt_text"] for block in second.blocks if block["type"] == "image"] == ["a boat"]
    assert await messenger.show(published, drawn) == published
    assert (second.edits, len(slack.world.files)) == (2, 1)
    await messenger.delete(published)
    assert slack.seen("grace") == [first]


async def test_the_files_of_a_message_that_people_deleted_can_be_deleted_too(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress, drawn: Reply
) -> None:
    published = SlackAddress.of(await messenger.publish(place.envelope, drawn))
    slack.world.delete(published.ts)
    await messenger.delete(published.gone().envelope)
    assert [file.deleted for file in slack.world.files.values()] == [True]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_slack_calls_wrong_for_a_moment_is_published_all_the_same(
    slack: FakeSlack, messenger: SlackMessenger, shown: SlackAddress, drawn: Reply, method: str
) -> None:
    slack.fail(method, error="invalid_arg_name", times=2)
    await messenger.publish(shown.envelope, drawn)
    second = slack.seen("grace")[-1]
    assert [block["alt_text"] for block in second.blocks if block["type"] == "image"] == ["a boat"]


async def test_what_may_not_be_published_is_not_sent_elsewhere(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    repeated = {Meaning.OUR_FAULT, Meaning.WORDS_REFUSED}  # and published then
    method = "chat.postMessage"
    errors = [error for error in DOCUMENTED[method] if meaning_of(method, error) not in repeated]
    for error in errors:
        slack.fail("chat.postMessage", error=error)
        with pytest.raises(DeliveryError):
            await messenger.publish(place.envelope, DRAWING)
    assert len(slack.called("chat.postMessage")) == len(errors)
    assert slack.called("conversations.open") == []


async def test_where_the_bot_is_no_member_nothing_is_published(
    messenger: SlackMessenger, slack: FakeSlack, place: SlackAddress
) -> None:
    harbour = slack.channel("harbour", bot=False)
    with pytest.raises(SlackRefusal) as closed:
        await messenger.publish(SlackAddress(user=place.user, channel=harbour.id).envelope, DRAWING)
    assert closed.value.joinable
