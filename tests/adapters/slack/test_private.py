"""Answers that only one person sees: quota, history, help, refusals."""

import asyncio

from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, until


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def _draw(chat: SlackDriver, *prompts: str) -> None:
    for prompt in prompts:
        await chat.imagine(prompt)
        await until(lambda: any(drawn(seen) for seen in chat.seen()[-1:]))


async def test_the_quota_is_told_in_the_acknowledgement_and_to_nobody_else(chat: SlackDriver, slack: FakeSlack) -> None:
    await chat.quota()
    assert "20 of 20" in (await chat.wait_for(lambda seen: seen.private)).text
    assert slack.seen("grace") == []
    assert slack.called("chat.postEphemeral") == slack.called("chat.postMessage") == []


async def test_help_and_unknown_commands_are_answered(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await socket_chat.imagine("help")
    assert "--size" in (await socket_chat.wait_for(lambda seen: "draws what you describe" in seen.text)).text
    await slack.command("/paint", "a boat")
    assert (await socket_chat.wait_for(lambda seen: "no command paint" in seen.text)).private


async def test_history_links_to_the_message_and_leaves_pictures_out(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await _draw(socket_chat, "a boat")
    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    assert page.private
    assert page.images == []
    assert page.buttons == ["Show here", "Again", "Delete"]
    (message,) = [message for message in slack.world.messages if message.ephemeral_to is None]
    links = [
        element["url"]
        for block in slack.world.messages[-1].blocks
        if block["type"] == "rich_text"
        for element in block["elements"][0]["elements"]
        if element["type"] == "link"
    ]
    assert links == [f"https://work.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"]


async def test_older_and_newer_turn_the_page_in_place(chat: SlackDriver) -> None:
    await _draw(chat, "one boat", "two boats", "three boats", "four boats", "five boats")
    await chat.history()
    first = await chat.wait_for(lambda seen: "newest first" in seen.text)
    assert "five boats" in first.text
    assert "one boat" not in first.text
    await chat.press(first, "Older")
    older = await chat.wait_for(lambda seen: seen.private and "one boat" in seen.text)
    assert older.id == first.id
    await chat.press(older, "Newer")
    await chat.wait_for(lambda seen: seen.id == first.id and "five boats" in seen.text)


async def test_show_images_sends_them_to_the_presser_alone(chat: SlackDriver) -> None:
    await _draw(chat, "a boat")
    await chat.history()
    page = await chat.wait_for(lambda seen: "newest first" in seen.text)
    chat.as_before(page)
    await chat.press(page, "Show images")
    direct = await chat.wait_for(lambda seen: seen.private and drawn(seen))
    assert "a boat" in direct.alts[0]
    await chat.wait_for(lambda seen: "in a direct message" in seen.text)
    assert not any(seen.private for seen in chat.seen(user="grace"))


async def test_two_presses_of_show_images_send_one_message(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    await _draw(socket_chat, "a boat", "a kite")
    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    socket_chat.as_before(page)
    slack.fail("chat.postMessage", delay=0.3)

    def told() -> int:
        return sum("in a direct message" in seen.text for seen in socket_chat.seen())

    async def press() -> None:
        await socket_chat.press(page, "Show images")

    await asyncio.gather(press(), press(), press())
    await until(lambda: told() == 3)
    await press()
    await until(lambda: told() == 4)
    sent = [seen for seen in socket_chat.seen() if seen.private and drawn(seen)]
    assert ["a kite" in seen.text for seen in sent] == [True]


async def test_show_images_of_two_jobs_sends_both_and_brings_back_what_is_gone(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await _draw(socket_chat, "a boat", "a kite")
    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    socket_chat.as_before(page)
    message = next(each for each in slack.world.messages if each.ts == page.id)
    jobs = [each["value"] for block in message.blocks for each in block.get("elements", []) if "value" in each]
    for job in (jobs[0], jobs[-1]):
        await socket_chat.press(page, "Show images", job=job)

    def sent() -> list[Seen]:
        return [seen for seen in socket_chat.seen() if seen.private and drawn(seen)]

    await until(lambda: len(sent()) == 2)
    slack.world.messages[:] = [each for each in slack.world.messages if each.ts != sent()[0].id]
    await socket_chat.press(page, "Show images", job=jobs[0])
    await until(lambda: len(sent()) == 2)


async def test_images_that_cannot_be_sent_directly_are_not_met_with_silence(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await _draw(socket_chat, "a boat")
    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    socket_chat.as_before(page)
    slack.fail("conversations.open", error="user_disabled")
    slack.fail("chat.postMessage", error="channel_not_found", about=f'"{slack.person("ada").id}"')
    await socket_chat.press(page, "Show images")
    await socket_chat.wait_for(lambda seen: "couldn't send you the images" in seen.text)


async def test_again_from_the_history_draws_in_the_channel(socket_chat: SlackDriver) -> None:
    await _draw(socket_chat, "a boat")
    (first,) = socket_chat.seen()
    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    await socket_chat.press(page, "Again")
    await socket_chat.wait_for(lambda seen: drawn(seen) and seen.id != first.id, user="grace")


async def test_a_response_url_that_is_used_up_is_replaced_by_another_way(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await _draw(socket_chat, "a boat")
    slack.fail("response_url", status=404, times=2)

    await socket_chat.history()
    page = await socket_chat.wait_for(lambda seen: "newest first" in seen.text)
    socket_chat.as_before(page)
    await socket_chat.press(page, "Show images")
    await socket_chat.wait_for(lambda seen: "in a direct message" in seen.text)
    await until(lambda: len(slack.called("chat.postEphemeral")) == 1)


async def test_a_refusal_is_for_the_asker_alone(chat: SlackDriver, slack: FakeSlack) -> None:
    await chat.imagine("a boat --size gigantic")
    assert (await chat.wait_for(lambda seen: "gigantic" in seen.text)).private
    assert slack.seen("grace") == []
