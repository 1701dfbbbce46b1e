"""What people say to the bot: in channels, in threads and in its direct messages, over both transports."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.support.trouble import locked


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def message_of(slack: FakeSlack, seen: Seen) -> Message:
    return next(message for message in slack.world.messages if message.ts == seen.id)


def said_last(slack: FakeSlack, user: str = "ada") -> Message:
    return [message for message in slack.world.messages if message.author == slack.person(user).id][-1]


async def test_a_mention_is_answered_in_its_own_thread(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    delivery = await slack.mention("@imagine a red fox --ar 16:9")
    assert delivery.acknowledged
    shown = await chat.wait_for(drawn, user="grace")
    assert "ada: a red fox" in shown.text
    assert message_of(slack, shown).thread == said_last(slack).ts
    assert gateway.requests[0].body["size"] == "1792x1024"
    assert not shown.pings
    assert f"?thread_ts={said_last(slack).ts}" in str(await _link(chat))


async def _link(chat: SlackDriver) -> Any:
    await chat.history()
    history = message_of(chat.slack, await chat.wait_for(lambda seen: "Your images" in seen.text))
    return [
        element["url"]
        for block in history.blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
        if element["type"] == "link"
    ]


async def test_a_mention_in_a_thread_is_answered_there_and_so_are_its_buttons_and_forms(
    chat: SlackDriver, slack: FakeSlack
) -> None:
    began = slack.world.say(slack.channel("design").id, "Who draws?", user=slack.person("grace").id)
    await slack.mention("a tree for @imagine", thread=began)
    first = await chat.wait_for(drawn)
    await chat.press(first, "Again", user="grace")
    again = await chat.wait_for(lambda seen: drawn(seen) and "grace: a tree for" in seen.text)
    await chat.edit(again, "a kite")
    edited = await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert [message_of(slack, seen).thread for seen in (first, again, edited)] == [began.ts] * 3
    await chat.press(first, "Stop" if "Stop" in first.buttons else "Again", user="grace")


async def test_what_a_button_below_an_answered_message_draws_stands_beside_it(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await socket_chat.imagine("a boat")
    first = await socket_chat.wait_for(drawn)
    slack.world.say(message_of(slack, first).channel, "Lovely", user=slack.person("grace").id, thread=first.id)
    await socket_chat.press(first, "Again", user="grace")
    again = await socket_chat.wait_for(lambda seen: drawn(seen) and "grace: a boat" in seen.text)
    assert not message_of(slack, again).thread


@pytest.mark.parametrize("threaded", [False, True])
async def test_any_words_in_its_direct_messages_are_a_prompt(
    chat: SlackDriver, slack: FakeSlack, threaded: bool
) -> None:
    direct = slack.world.direct(slack.person("ada").id)
    began = slack.world.say(direct.id, "Hello", user=slack.person("ada").id) if threaded else None
    assert (await slack.say("a red fox in snow", thread=began)).acknowledged
    shown = message_of(slack, await chat.wait_for(lambda seen: drawn(seen) and "a red fox in snow" in seen.text))
    assert (shown.channel, shown.thread) == (direct.id, began.ts if began else "")


async def test_a_message_that_comes_again_and_as_both_kinds_is_one_job(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    direct = slack.world.direct(slack.person("ada").id)
    said = slack.world.say(direct.id, "a red fox", user=slack.person("ada").id)
    both = [slack.told_of(said, "message"), slack.told_of(said, "app_mention", text="<@U0IMAGINEBOT> a red fox")]
    await asyncio.gather(*(slack.deliver(each, retry=0) for each in both))
    await chat.wait_for(drawn)
    for retry in (1, 2, 3):
        assert (await slack.deliver(both[0], retry=retry)).acknowledged
    await slack.say("a kite")
    await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert len(gateway.requests) == 2
    assert len(chat.seen()) == 2


async def test_apps_and_messages_that_say_nothing_new_are_not_listened_to(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    ada, channel = slack.person("ada"), slack.channel("design")
    said = slack.world.say(channel.id, "<@U0IMAGINEBOT> a red fox", user=ada.id)
    wrote = slack.world.say(slack.world.direct(ada.id).id, "a red fox", user=ada.id)
    changed = {"subtype": "message_changed", "hidden": True, "message": {"text": "a blue fox", "user": ada.id}}
    ignored = [
        slack.told_of(said, "app_mention", bot_id="B0ANOTHER", app_id="A0ANOTHER"),
        slack.told_of(said, "app_mention", edited={"user": ada.id, "ts": "1"}),
        slack.told_of(said, "app_mention", user="U0IMAGINEBOT"),
        slack.told_of(said, "app_mention", user="USLACKBOT"),
        slack.told_of(wrote, "message", bot_id="B0IMAGINE", user="U0IMAGINEBOT"),
        slack.told_of(wrote, "message", subtype="bot_message", bot_id="B0ANOTHER", user=None),
        slack.told_of(wrote, "message", user=None, text=None, **changed),
        slack.told_of(wrote, "message", subtype="message_deleted", hidden=True, deleted_ts=wrote.ts),
        slack.told_of(wrote, "message", subtype="channel_join"),
        slack.told_of(said, "message", channel_type="channel"),
        slack.told_of(said, "reaction_added"),
        slack.told_of(said, "app_mention", ts=None),
    ]
    for each in ignored:
        assert (await slack.deliver(each, retry=0)).acknowledged, each
    assert (await slack.deliver({"type": "app_rate_limited", "minute_rate_limited": 1, "event": {}})).acknowledged
    for subtype in ("file_share", "thread_broadcast"):
        assert (await slack.tell(said, "app_mention", subtype=subtype, text=f"a {subtype}")).acknowledged
        said = slack.world.say(channel.id, "another", user=ada.id)
        await chat.wait_for(lambda seen, what=subtype: drawn(seen) and what in seen.text)  # type: ignore[misc]
    assert len(gateway.requests) == 2


async def test_without_words_it_helps_that_person_alone(chat: SlackDriver, slack: FakeSlack) -> None:
    await slack.mention("@imagine")
    helped = await chat.wait_for(lambda seen: "draws what you describe" in seen.text)
    assert helped.private
    assert chat.seen(user="grace") == []
    began = slack.world.say(slack.channel("design").id, "Who draws?", user=slack.person("grace").id)
    slack.world.say(slack.channel("design").id, "I do", user=slack.person("grace").id, thread=began.ts)
    await slack.mention("@imagine: ", thread=began)
    await until(lambda: len(chat.seen()) == 2)
    assert message_of(slack, chat.seen()[-1]).thread == began.ts


async def test_a_refusal_is_told_its_asker_alone_and_in_direct_messages_as_a_message(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await slack.mention("@imagine a boat --size huge")
    refused = await chat.wait_for(lambda seen: "huge" in seen.text)
    assert message_of(slack, refused).ephemeral_to == slack.person("ada").id
    await slack.say("a boat --size enormous")
    refused = await chat.wait_for(lambda seen: "enormous" in seen.text)
    assert message_of(slack, refused).channel == slack.world.direct(slack.person("ada").id).id
    assert not message_of(slack, refused).ephemeral_to
    assert gateway.requests == []


@pytest.mark.parametrize("why", ["gone", "locked"])
async def test_a_thread_that_is_gone_or_locked_is_told_before_anything_is_bought(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, why: str
) -> None:
    said = slack.world.say(slack.channel("design").id, "<@U0IMAGINEBOT> a boat", user=slack.person("ada").id)
    told = slack.told_of(said, "app_mention")
    if why == "gone":
        slack.world.delete(said.ts)
    else:
        said.locked = True
    await slack.deliver(told, retry=0)
    assert (await chat.wait_for(lambda seen: "I can't answer in this thread" in seen.text)).private
    assert chat.seen(user="grace") == []
    await chat.quota()
    assert "20 of 20" in (await chat.wait_for(lambda seen: "images left" in seen.text)).text
    assert gateway.requests == []


async def test_an_image_whose_thread_is_closed_meanwhile_comes_as_a_direct_message(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.fail("chat.postMessage", status=503, delay=0.2)
    said = slack.world.say(slack.channel("design").id, "<@U0IMAGINEBOT> a boat", user=slack.person("ada").id)
    await slack.tell(said, "app_mention")
    slack.world.delete(said.ts)
    direct = await socket_chat.wait_for(drawn)
    assert direct.private
    assert "couldn't post" in direct.text
    assert socket_chat.seen(user="grace") == []
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_while_nothing_can_be_kept_slack_is_told_to_come_again_and_at_last_the_asker_is(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, mode: str
) -> None:
    async with slack_platform(start_bot, mode=mode, slack=slack, slack_guests="nobody") as chat:
        slack.fail("users.info", times=9, status=503)  # who it is can't be learned either
        delivery = await slack.mention("@imagine a boat")
        assert not delivery.acknowledged
        assert delivery.status == (503 if mode == "http" else 0)
        assert (await slack.again(delivery, retry=3)).acknowledged
        await chat.wait_for(lambda seen: seen.private and "I'm busy right now" in seen.text)
        assert gateway.requests == []


async def test_an_event_that_is_not_acknowledged_in_time_draws_one_image(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack) as chat:
        delivery = await slack.mention("@imagine a boat")
        await asyncio.gather(*(slack.again(delivery, retry=retry) for retry in (1, 2)))
        await chat.wait_for(drawn)
    async with slack_platform(start_bot, mode="socket", slack=slack) as chat:
        slack.bot_url = ""
        await slack.again(delivery, retry=3)
        await slack.mention("@imagine a kite")
        await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert len(gateway.requests) == 2


async def test_a_stranger_and_a_guest_draw_no_more_by_words_than_by_commands(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    slack.person("grace").team = "T0OTHERORG"
    slack.person("root").guest = "restricted"
    began = slack.world.say(slack.channel("design").id, "Who draws?", user=slack.person("ada").id)
    async with slack_platform(start_bot, slack=slack, slack_guests="nobody") as chat:
        for thread in (None, began):
            await slack.mention("@imagine a boat", user="grace", thread=thread)
        await slack.say("a boat", user="grace")
        await until(lambda: [seen.private for seen in chat.seen(user="grace")] == [True] * 3)
        assert {seen.text for seen in chat.seen(user="grace")} == {
            "Only people of Work can draw here. Nothing was charged."
        }
        await slack.mention("@imagine a boat", user="root")
        await chat.wait_for(lambda seen: "Guests can't draw here" in seen.text, user="root")
    assert gateway.requests == []


async def test_one_person_has_one_quota_for_all_ways_to_ask(slack: FakeSlack, start_bot: StartBot) -> None:
    slack.world.enterprise = slack.person("ada").enterprise = "E0ORG"
    async with slack_platform(start_bot, slack=slack, quota_images=2) as chat:
        await chat.imagine("a boat")
        await slack.mention("@imagine a kite")
        await slack.say("a tree")
        await chat.wait_for(lambda seen: "(2 of 2)" in seen.text)


@pytest.mark.parametrize("how", ["mention", "directly", "after /imagine"])
async def test_a_whole_text_is_that_command_and_after_two_dashes_it_is_drawn(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, how: str
) -> None:
    async def ask(text: str) -> None:
        if how == "mention":
            await slack.mention(f"{text} @imagine")
        elif how == "directly":
            await slack.say(text)
        else:
            await socket_chat.imagine(text)

    told = {"help": "draws what you describe", "Quota": "images left", "history": "Nothing has been drawn for you yet"}
    for text, answer in told.items():
        await ask(text)
        assert (await socket_chat.wait_for(lambda seen, said=answer: said in seen.text)).private  # type: ignore[misc]
    assert gateway.requests == []
    await ask("-- quota")
    await socket_chat.wait_for(drawn)
    assert gateway.requests[0].body["prompt"] == "quota"


async def test_people_are_called_by_their_names_and_no_more_than_three_are_asked_for(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    for name in ("one", "two", "three", "four", "five"):
        slack.person(name).display_name = f"{name.title()} & Co"
    asked = len(slack.called("users.info"))
    await slack.mention("@imagine @one, @two, @three, @four and @five in #design for <!here>")
    await socket_chat.wait_for(drawn)
    prompt = gateway.requests[0].body["prompt"]
    assert prompt == "@One & Co, @Two & Co, @Three & Co, someone and someone in #design for <!here>"
    assert len(slack.called("users.info")) == asked + 1 + 3
    await slack.command("/imagine", raw=f"<@{slack.person('one').id}> again <@{BOT}>")
    await socket_chat.wait_for(lambda seen: drawn(seen) and "@One & Co again" in seen.text)
    assert len(slack.called("users.info")) == asked + 1 + 3
    assert not any(seen.pings for seen in socket_chat.seen())


async def test_the_name_of_somebody_who_is_mentioned_sets_no_options(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.person("grace").display_name = "Grace --n 4 \u2060—size square -- the\u2003–quality"
    await slack.mention("@imagine @grace --size landscape")
    await socket_chat.wait_for(drawn)
    body = gateway.requests[0].body
    assert (body["prompt"], body["size"]) == ("@Grace n 4 size square the quality", "1792x1024")


async def test_a_mentioned_person_is_someone_while_slack_does_not_say_and_nobody_waits_for_it(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.fail("users.info", times=2, delay=9, about=slack.person("grace").id)
    assert (await slack.mention("@imagine @grace")).acknowledged
    await socket_chat.wait_for(drawn)
    assert gateway.requests[0].body["prompt"] == "someone"


async def test_a_mention_before_it_is_invited_is_answered_in_the_thread_of_that_message(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.channel("design").members.remove(BOT)
    await slack.mention("@imagine a boat")
    await slack.invite("design")
    assert message_of(slack, await socket_chat.wait_for(drawn)).thread == said_last(slack).ts
    assert len(gateway.requests) == 1


async def test_a_message_that_a_locked_database_kept_too_late_is_drawn_or_answered_when_it_comes_again(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack) as chat:
        with locked(tmp_path / "imagine.db"):
            delivery = await slack.mention("@imagine a boat")
            assert delivery.status == 503
            assert chat.seen() == []
        assert (await slack.again(delivery, retry=1)).acknowledged
        await chat.wait_for(lambda seen: drawn(seen) or "I'm busy right now" in seen.text)
        assert len(gateway.requests) <= 1


async def test_what_was_taken_back_unseen_is_not_met_with_silence_when_it_comes_again(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    said = slack.world.say(slack.channel("design").id, f"<@{BOT}> a boat", user=slack.person("ada").id)
    said.locked = True
    delivery = await slack.tell(said, "app_mention")
    await socket_chat.wait_for(lambda seen: "I can't answer in this thread" in seen.text)
    await slack.again(delivery, retry=1)
    await socket_chat.wait_for(lambda seen: "I'm busy right now" in seen.text)
    assert gateway.requests == []


@pytest.mark.parametrize("how", ["mention", "directly", "after /imagine"])
async def test_an_image_is_shown_by_its_number_to_its_asker_and_to_nobody_else(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, how: str
) -> None:
    async def ask(text: str, user: str = "ada") -> None:
        if how == "mention":
            await slack.mention(f"@imagine {text}", user=user)
        elif how == "directly":
            await slack.say(text, user=user)
        else:
            await socket_chat.imagine(text, user=user)

    await socket_chat.imagine("a boat")
    shown = await socket_chat.wait_for(drawn)
    number = re.search(r"#(\w{8})", shown.text)[1]  # type: ignore[index]
    await ask(f"show {number}")
    direct = await socket_chat.wait_for(lambda seen: drawn(seen) and seen.private)
    assert message_of(slack, direct).channel == slack.world.direct(slack.person("ada").id).id
    await ask(f"show {number}", user="grace")
    await until(lambda: any(seen.private for seen in socket_chat.seen(user="grace")))
    assert not any(drawn(seen) and seen.private for seen in socket_chat.seen(user="grace"))
    assert len(gateway.requests) == 1


async def test_the_address_for_events_is_verified_as_slack_asks(slack: FakeSlack, start_bot: StartBot) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack):
        body = json.dumps({"token": "verification", "challenge": "3eZbrw1a", "type": "url_verification"})
        headers = {**slack.signer.headers(body), "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{slack.bot_url}/slack/events", data=body, headers=headers) as answer,
        ):
            assert (answer.status, "3eZbrw1a" in await answer.text()) == (200, True)
