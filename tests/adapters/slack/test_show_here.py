"""Show here on Slack: one's own images, for everybody where it is pressed, and found again by Delete."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def tells(words: str) -> Callable[[Seen], bool]:
    return lambda seen: words in seen.text


async def listed(chat: SlackDriver, channel: str = "design") -> Seen:
    chat.channel = channel
    known = {seen.id for seen in chat.seen()}
    await chat.history()
    return await chat.wait_for(lambda seen: seen.id not in known and "newest first" in seen.text)


def public(slack: FakeSlack, channel: str) -> list[Message]:
    place = slack.channel(channel).id
    return [each for each in slack.world.messages if each.channel == place and each.ephemeral_to is None]


async def drawing(chat: SlackDriver) -> Seen:
    await chat.imagine("a boat")
    return await chat.wait_for(drawn)


async def test_images_are_shown_to_everybody_and_gone_with_the_job(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    chat = socket_chat
    first = await drawing(chat)
    slack.channel("gallery")
    page = await listed(chat, "gallery")
    assert page.buttons == ["Show here", "Again", "Delete"]
    pressed = slack.pressed(next(each for each in slack.world.messages if each.ts == page.id), "Show here")
    for _ in range(2):  # as Slack sends what it thinks was lost
        await slack.deliver(pressed)
    await chat.wait_for(lambda seen: drawn(seen) and seen.id != first.id, user="grace")
    (copy,) = public(slack, "gallery")
    await slack.press(copy, "Again", user="grace")
    await until(lambda: len([each for each in public(slack, "gallery") if "grace" in str(each.blocks)]) == 1)
    page = await listed(chat)
    chat.as_before(page)
    boat = next(each["value"] for block in copy.blocks for each in block.get("elements", ()) if "value" in each)
    await chat.press(page, "Show images", job=boat)
    direct = await chat.wait_for(lambda seen: drawn(seen) and seen.private)
    (message,) = public(slack, "design")
    await slack.press(message, "Delete")
    await until(lambda: direct.id not in {each.ts for each in slack.world.messages})
    await until(lambda: copy not in slack.world.messages and message not in slack.world.messages)
    shown = {block["slack_file"]["id"] for each in (copy, message) for block in each.blocks if block["type"] == "image"}
    await until(lambda: all(slack.world.files[each].deleted for each in shown))


async def test_where_that_can_t_be_they_alone_are_told_why(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await drawing(socket_chat)
    closed = "I can't show it here: I'm not a member, the channel is archived, or I'm not allowed to post images."
    invite = "I'm not in #gallery yet. Type /invite @imagine there, then press Show here again."
    for name, refuses, said in (
        ("gallery", "", invite),
        ("attic", "is_archived", closed),
        ("news", "restricted_action_read_only_channel", closed),
    ):
        slack.channel(name, bot=bool(refuses)).refuses = refuses
        await socket_chat.press(await listed(socket_chat, name), "Show here")
        told = await socket_chat.wait_for(tells(said))
        assert (told.private, public(slack, name)) == (True, [])


@asynccontextmanager
async def refused_files(slack: FakeSlack, start_bot: StartBot) -> AsyncIterator[None]:
    """Press *Show here* in a process that has no uploads of the image yet, and read why it isn't shown."""
    async with slack_platform(start_bot, slack=slack, shutdown_grace=20) as chat:
        await drawing(chat)  # and delivered before the process ends
    async with slack_platform(start_bot, slack=slack) as chat:
        page = await listed(chat)
        slack.fail("files.getUploadURLExternal", error="storage_limit_reached")
        await chat.press(page, "Show here")
        await chat.wait_for(tells("takes no files from me (storage_limit_reached)"))
        yield


async def test_where_no_files_are_taken_nothing_is_left_of_the_try(slack: FakeSlack, start_bot: StartBot) -> None:
    async with refused_files(slack, start_bot):
        assert len(public(slack, "design")) == 1


async def test_words_that_could_not_be_taken_back_are_gone_with_the_job(slack: FakeSlack, start_bot: StartBot) -> None:
    slack.fail("chat.delete", error="fatal_error")
    async with refused_files(slack, start_bot):
        first, _ = public(slack, "design")
        await slack.press(first, "Delete")
        await until(lambda: public(slack, "design") == [])


async def test_what_was_asked_for_alone_is_shown_to_others_when_that_is_meant(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    chat = socket_chat
    await slack.say("a secret")
    await chat.wait_for(drawn)
    page = await listed(chat)
    await chat.press(page, "Show here")
    await until(lambda: bool(slack.open_views()))
    (view,) = slack.open_views()
    assert view.view["title"]["text"] == "Show it here?"
    assert public(slack, "design") == []
    await slack.submit(view, {})
    await until(lambda: len(public(slack, "design")) == 1)
    await chat.wait_for(drawn, user="grace")


async def test_the_word_for_its_asker_alone_goes_with_what_was_shared(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    waiting = await socket_chat.wait_for(lambda seen: "Stop" in seen.buttons)
    assert slack.world.delete(waiting.id)
    gateway.release()
    direct = await socket_chat.wait_for(lambda seen: drawn(seen) and "Share" in seen.buttons)
    await socket_chat.press(direct, "Share")
    shared = await socket_chat.wait_for(drawn, user="grace")
    (message,) = public(slack, "design")
    await slack.press(message, "Delete")
    await until(lambda: not {shared.id, direct.id} & {message.ts for message in slack.world.messages})
