"""Delete on Slack: an icon for the asker, an entry in the menu for admins too, and nothing is left there."""

from pathlib import Path
from typing import Any

import pytest

from adapters.slack.manifest import DELETE_SHORTCUT
from bot.cli.timings import Timings
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.support.pictures import stored

ONLY = "Only the person who asked, or an admin, can delete this."
UNKNOWN = "I no longer know this image, so I can't do that."


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def shown(chat: SlackDriver) -> Message:
    await chat.imagine("a boat")
    seen = await chat.wait_for(drawn)
    return next(message for message in chat.slack.world.messages if message.ts == seen.id)


async def gone(slack: FakeSlack, message: Message, tmp_path: Path) -> None:
    """Wait until message, files and images are."""
    await until(lambda: message not in slack.world.messages and not stored(tmp_path))
    await until(lambda: all(file.deleted for file in slack.world.files.values()))


async def test_the_asker_alone_has_an_icon_that_asks_and_nothing_of_it_is_left(
    chat: SlackDriver, slack: FakeSlack, tmp_path: Path
) -> None:
    message = await shown(chat)
    (icon,) = message.blocks[-1]["elements"]
    assert (icon["type"], icon["visible_to_user_ids"]) == ("icon_button", [slack.person("ada").id])
    assert icon["confirm"]["title"]["text"] == icon["accessibility_label"] == "Delete these images?"
    said = "They disappear here, from the history and from Slack. They still count."
    assert icon["confirm"]["text"]["text"] == said
    twice = [slack.pressed(message, "Delete") for _ in range(2)]
    for press in twice:
        await slack.deliver(press)
    await gone(slack, message, tmp_path)
    await chat.quota()
    await chat.wait_for(lambda seen: "(1 used)" in seen.text)
    await chat.history()
    await chat.wait_for(lambda seen: "Nothing has been drawn for you yet" in seen.text)
    await slack.deliver(twice[0])
    await chat.wait_for(lambda seen: seen.text == UNKNOWN)


async def test_admins_delete_it_by_the_messages_menu_and_others_can_not(
    socket_chat: SlackDriver, slack: FakeSlack, tmp_path: Path
) -> None:
    message = await shown(socket_chat)
    await slack.message_shortcut(message, DELETE_SHORTCUT, user="grace")
    assert (await socket_chat.wait_for(lambda seen: seen.text == ONLY, user="grace")).private
    slack.person("linus").admin = True
    await slack.message_shortcut(message, DELETE_SHORTCUT, user="linus")
    await until(lambda: bool(slack.open_views("linus")))
    (view,) = slack.open_views("linus")
    assert view.view["title"]["text"] == "Delete these images?"
    assert message in slack.world.messages
    await slack.submit(view, {}, user="linus")
    await gone(slack, message, tmp_path)


async def test_a_message_without_an_image_of_the_bots_does_not_count(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    said = slack.world.say(slack.channel("design").id, "hello", user=slack.person("ada").id)
    await slack.message_shortcut(said, DELETE_SHORTCUT)
    assert (await socket_chat.wait_for(lambda seen: seen.text == UNKNOWN)).private


async def test_where_slack_takes_no_icons_it_is_a_button_that_asks(
    start_bot: StartBot, slack: FakeSlack, tmp_path: Path
) -> None:
    slack.world.knows_icons = False
    async with slack_platform(start_bot, slack=slack) as chat:
        message = await shown(chat)
        (seen,) = (seen for seen in chat.seen() if drawn(seen))
        assert seen.buttons == ["Again", "Edit prompt", "Delete"]
        (button,) = (each for each in message.blocks[-1]["elements"] if each["text"]["text"] == "Delete")
        assert button["confirm"]["title"]["text"] == "Delete these images?"
        await slack.press(message, "Delete", user="grace")
        assert (await chat.wait_for(lambda seen: seen.text == ONLY, user="grace")).private
        await slack.press(message, "Delete")
        await gone(slack, message, tmp_path)


@pytest.mark.parametrize(
    ("method", "fault", "left"),
    [
        ("chat.delete", {"error": "message_not_found"}, False),
        ("chat.delete", {"status": 429, "retry_after": 0.1}, False),
        ("chat.delete", {"status": 503}, False),
        ("files.delete", {"error": "file_deleted"}, True),
        ("files.delete", {"error": "cant_delete_file"}, True),
        ("files.delete", {"status": 429, "retry_after": 0.1}, False),
        ("files.delete", {"status": 503}, False),
    ],
)
async def test_with_any_answer_of_slack_the_rest_is_deleted(
    start_bot: StartBot, slack: FakeSlack, tmp_path: Path, method: str, fault: dict[str, Any], left: bool
) -> None:
    """`left`: Slack keeps the file, and says why; nothing else waits for that."""
    async with slack_platform(start_bot, slack=slack, timings=Timings(retry=0.05, poll=0.1)) as chat:
        message = await shown(chat)
        slack.fail(method, **fault)
        await slack.press(message, "Delete")
        await until(lambda: not stored(tmp_path) and bool(slack.called("files.delete")))
        if "not_found" not in str(fault):
            await until(lambda: message not in slack.world.messages)
        (file,) = slack.world.files.values()
        if not left:
            await until(lambda: file.deleted)


async def test_while_it_is_drawn_an_admin_deletes_it_for_good(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    seen = await socket_chat.wait_for(lambda seen: "Stop" in seen.buttons)
    message = next(message for message in slack.world.messages if message.ts == seen.id)
    slack.person("grace").admin = True
    await slack.message_shortcut(message, DELETE_SHORTCUT, user="grace")
    await until(lambda: bool(slack.open_views("grace")))
    await slack.submit(slack.open_views("grace")[-1], {}, user="grace")
    await until(lambda: message not in slack.world.messages)
    gateway.release()
    await socket_chat.quota()
    await socket_chat.wait_for(lambda seen: "(1 used)" in seen.text)
    assert not any("a boat" in seen.text for seen in socket_chat.seen())
    assert stored(tmp_path) == []


async def test_an_entry_of_the_history_is_deleted_with_its_message_and_that_is_said(
    socket_chat: SlackDriver, slack: FakeSlack, tmp_path: Path
) -> None:
    message = await shown(socket_chat)
    await socket_chat.history()
    listed = await socket_chat.wait_for(lambda seen: "Delete" in seen.buttons)
    await socket_chat.press(listed, "Delete")
    assert (await socket_chat.wait_for(lambda seen: seen.text == "Deleted.")).private
    await gone(slack, message, tmp_path)


async def test_a_list_in_direct_messages_stays_when_one_of_its_entries_is_deleted(
    socket_chat: SlackDriver, slack: FakeSlack, tmp_path: Path
) -> None:
    message = await shown(socket_chat)
    await slack.say("history")
    listed = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    (its,) = (each for each in slack.world.messages if each.ts == listed.id)
    await slack.message_shortcut(its, DELETE_SHORTCUT)
    await socket_chat.wait_for(lambda seen: seen.text == UNKNOWN)
    job = next(each["value"] for block in its.blocks for each in block.get("elements", ()) if "value" in each)
    await socket_chat.press(listed, "Delete", job=job)
    await socket_chat.wait_for(lambda seen: seen.text == "Deleted.")
    await gone(slack, message, tmp_path)
    assert its in slack.world.messages


async def test_a_late_stop_in_a_list_in_direct_messages_leaves_the_list_and_the_images_where_they_are(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    gateway.hold()
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: "Stop" in seen.buttons)
    await slack.say("quota")
    listed = await socket_chat.wait_for(lambda seen: "images left" in seen.text)
    gateway.release()
    seen = await socket_chat.wait_for(drawn)
    await socket_chat.press(listed, "Stop")
    await socket_chat.wait_for(lambda seen: "Too late" in seen.text)
    (message,) = (each for each in slack.world.messages if each.ts == seen.id)
    await slack.press(message, "Delete")
    await gone(slack, message, tmp_path)
    assert listed in socket_chat.seen()
