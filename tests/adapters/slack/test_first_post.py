"""When Slack certainly refuses a job's first message, nothing is drawn, and the asker alone is told why."""

import asyncio
from typing import Any

import pytest

from adapters.slack.refusals import MEANINGS, meaning_of
from bot.cli.timings import Timings
from bot.core.chat import Meaning
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.fakes.slack_faults import DOCUMENTED, UNDOCUMENTED

OFTEN = Timings(queue_updates=0.3)
POST = "chat.postMessage"
FILES = ("files.getUploadURLExternal", "files.completeUploadExternal", "files.info")
DELIVERY = (POST, "chat.update", "conversations.open", *FILES)
NO_VERDICT = {Meaning.NOT_NOW, Meaning.WORDS_REFUSED}
DEFINITE = [code for code in DOCUMENTED[POST] if meaning_of(POST, code) not in NO_VERDICT]
SENTENCES = {
    "app_access_restricted": "I may not post here (app_access_restricted). Ask an admin of this workspace.",
    "no_permission": "I may not post here (no_permission). Ask an admin of this workspace.",
    "missing_scope": "I lack the permission chat:write: the bot's owner has to reinstall me.",
    "not_in_channel": "I'm not in #design yet. Choose below, or type /invite @imagine there and press Try again.",
    "is_archived": "I'm not allowed to post here: the channel is archived or restricted. Ask in another one.",
    "token_revoked": "My message was refused (token_revoked). Please tell the bot's owner.",
    "invalid_blocks": "My message was refused (invalid_blocks). Please tell the bot's owner.",
}


@pytest.mark.parametrize("method", [*DELIVERY, "chat.delete"])
def test_every_documented_error_has_a_meaning(method: str) -> None:
    assert [code for code in DOCUMENTED[method] if code not in MEANINGS] == []


async def test_every_definite_refusal_withdraws_the_job_and_is_told_to_the_asker_alone(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    some_at_a_time = asyncio.Semaphore(12)

    async def ask(code: str) -> str:
        async with some_at_a_time:
            return await answered(code)

    async def answered(code: str) -> str:
        user = f"user-{code}"
        slack.channel("design").members.add(slack.person(user).id)
        slack.fail(POST, error=code, about=f"({code})", times=3)
        await socket_chat.imagine(f"a boat ({code})", user=user)
        seen = await socket_chat.wait_for(lambda seen: "Nothing was charged." in seen.text, user=user)
        assert seen.private
        return seen.text

    told = dict(zip(DEFINITE, await asyncio.gather(*map(ask, DEFINITE)), strict=True))
    assert {code: told[code].removesuffix(" Nothing was charged.") for code in SENTENCES} == SENTENCES
    assert (len(told), gateway.requests, slack.seen("grace")) == (57, [], [])


async def test_it_is_told_on_both_transports(chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI) -> None:
    slack.scopes.remove("chat:write")
    await chat.imagine("a boat")
    assert (await chat.wait_for(lambda seen: SENTENCES["missing_scope"] in seen.text)).private
    await chat.quota()
    await chat.wait_for(lambda seen: "20 of 20" in seen.text)
    assert gateway.requests == []


@pytest.mark.parametrize("way", ["again", "edit", "form"])
async def test_it_is_told_after_a_press_and_a_form_in_a_channel_that_closed_meanwhile(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, way: str
) -> None:
    await socket_chat.imagine("a boat")
    drawn = await socket_chat.wait_for(lambda seen: bool(seen.images))
    slack.channel("design").refuses = "is_archived"
    match way:
        case "again":
            await socket_chat.press(drawn, "Again")
        case "edit":
            await socket_chat.edit(drawn, "a kite")
        case _:
            await socket_chat.imagine("")
            await until(lambda: bool(slack.open_views()))
            await slack.submit(slack.open_views()[-1], {"prompt": "a kite"})
    assert (await socket_chat.wait_for(lambda seen: SENTENCES["is_archived"] in seen.text)).private
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "fault", [{"error": "fatal_error"}, {"status": 502}, {"error": "app_access_restricted", "status": 503}]
)
async def test_what_passes_is_no_reason_to_withdraw(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, fault: dict[str, Any]
) -> None:
    slack.fail(POST, **fault)
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(lambda seen: bool(seen.images))
    assert len(gateway.requests) == 1


async def test_what_slack_calls_wrong_twice_is_no_reason_to_withdraw(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.fail(POST, error="invalid_blocks", times=2)
    await socket_chat.imagine("a boat")
    assert "a boat" in (await socket_chat.wait_for(lambda seen: bool(seen.images))).text
    assert not any(seen.private for seen in socket_chat.seen())
    slack.fail(POST, error=UNDOCUMENTED, times=3)
    await socket_chat.imagine("a kite")
    assert (await socket_chat.wait_for(lambda seen: f"My message was refused ({UNDOCUMENTED})" in seen.text)).private
    assert len(gateway.requests) == 1


async def test_a_prompt_that_slack_does_not_take_is_drawn_without_being_shown(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    slack.fail(POST, error="msg_blocks_too_long", about="ada: a boat")
    slack.fail("chat.update", error="msg_too_long", about="ada: a boat", times=9)
    await socket_chat.imagine("a boat")
    shown = await socket_chat.wait_for(lambda seen: bool(seen.images))
    assert "a boat" not in shown.text
    assert "The words are left out" in shown.text


async def test_news_of_the_queue_that_is_its_first_message_becomes_the_images(
    slack: FakeSlack, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    slack.channel("design").members.update(slack.person(name).id for name in ("grace", "edsger", "barbara"))
    async with slack_platform(start_bot, slack=slack, max_concurrent_jobs=1, timings=OFTEN) as people:
        gateway.hold()
        await people.imagine("drawn first")
        await gateway.arrived()
        for person in ("grace", "edsger"):
            await people.imagine(f"a boat for {person}", user=person)
            await people.wait_for(lambda seen: "in the queue" in seen.text, user=person)
        slack.fail(POST, error="fatal_error", about="a kite")
        await people.imagine("a kite", user="barbara")
        await people.wait_for(lambda seen: seen.private and "Number 3" in seen.text, user="barbara")
        slack.fail(POST, delay=1, about="a kite")
        posted = count(slack, "a kite")
        await cancel(people, "grace")
        await until(lambda: count(slack, "a kite") > posted)
        await cancel(people, "edsger")
        gateway.release()
        await people.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images))
        assert len([seen for seen in people.seen() if "a kite" in seen.text]) == 1


def count(slack: FakeSlack, prompt: str) -> int:
    """Count the posts of a job that were asked for."""
    return sum(method == POST and prompt in str(arguments) for method, arguments in slack.calls)


async def cancel(people: SlackDriver, person: str) -> None:
    """Let somebody cancel what they wait for."""
    waiting = next(seen for seen in people.seen(user=person) if "Cancel" in seen.buttons and person in seen.text)
    await people.press(waiting, "Cancel", user=person)
