"""Where the bot is not: it joins, or draws in a direct message, or where it was invited meanwhile."""

import pytest

from bot.core.clock import SystemClock
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, FakeSlack, Message
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.support.builders import MovableClock

OFFERED = ["Join and draw", "Draw in a direct message", "Try again"]


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def offers(seen: Seen) -> bool:
    return "Try again" in seen.buttons


def message_of(slack: FakeSlack, seen: Seen) -> Message:
    return next(message for message in slack.world.messages if message.ts == seen.id)


@pytest.fixture
def there(slack: FakeSlack) -> str:
    """Return a channel without the bot."""
    return slack.channel("elsewhere", bot=False).name


async def offered(chat: SlackDriver, channel: str, text: str = "a boat --size landscape") -> Seen:
    chat.channel = channel
    await chat.imagine(text)
    return await chat.wait_for(offers)


async def test_it_joins_and_draws_there_with_the_prompt_kept(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str
) -> None:
    offer = await offered(chat, there)
    assert (offer.private, offer.buttons) == (True, OFFERED)
    assert "I'm not in #elsewhere yet." in offer.text
    assert "/invite @imagine" in offer.text
    await chat.press(offer, "Join and draw")
    shown = await chat.wait_for(drawn, user="grace")
    assert message_of(slack, shown).channel == slack.channel(there).id
    assert (gateway.requests[0].body["prompt"], gateway.requests[0].body["size"]) == ("a boat", "1792x1024")
    await chat.wait_for(lambda seen: "posting it in #elsewhere" in seen.text)
    assert not any(map(offers, chat.seen()))  # nothing is left to be pressed
    await chat.quota()
    await chat.wait_for(lambda seen: "(1 used)" in seen.text)


async def test_it_draws_in_a_direct_message_instead(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str
) -> None:
    await socket_chat.press(await offered(socket_chat, there), "Draw in a direct message")
    shown = await socket_chat.wait_for(drawn)
    assert message_of(slack, shown).channel == slack.world.direct(slack.person("ada").id).id
    await socket_chat.wait_for(lambda seen: "drawing it in a direct message" in seen.text)
    assert socket_chat.seen(user="grace") == []
    assert BOT not in slack.channel(there).members


async def test_it_tries_again_where_it_was_invited_meanwhile_and_offers_the_same_where_it_was_not(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str
) -> None:
    await socket_chat.press(await offered(socket_chat, there), "Try again")
    await until(lambda: sum(map(offers, socket_chat.seen())) == 2)
    assert gateway.requests == []
    slack.channel(there).members.add(BOT)
    await socket_chat.press([seen for seen in socket_chat.seen() if offers(seen)][-1], "Try again")
    assert message_of(slack, await socket_chat.wait_for(drawn)).channel == slack.channel(there).id
    assert len(gateway.requests) == 1


async def test_what_is_pressed_twice_is_drawn_once(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str
) -> None:
    offer = message_of(slack, await offered(socket_chat, there))
    pressed = [slack.pressed(offer, "Join and draw") for _ in range(3)]
    for each in (*pressed, pressed[0]):
        assert (await slack.deliver(each)).acknowledged
    await socket_chat.wait_for(drawn)
    socket_chat.channel = "design"
    await socket_chat.imagine("a kite")
    await socket_chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert len(gateway.requests) == 2


@pytest.mark.parametrize("scopes", ["declined", "not said"])
async def test_where_joining_was_declined_it_is_not_offered(
    slack: FakeSlack, start_bot: StartBot, there: str, scopes: str
) -> None:
    if scopes == "declined":
        slack.scopes.remove("channels:join")
    slack.names_scopes = scopes == "declined"
    async with slack_platform(start_bot, slack=slack) as chat:
        offer = await offered(chat, there)
        assert offer.buttons == (OFFERED[1:] if scopes == "declined" else OFFERED)
        slack.channel("hidden", kind="private", bot=False)
        chat.channel = "hidden"
        await chat.imagine("a kite")
        hidden = await chat.wait_for(lambda seen: offers(seen) and "in this channel yet" in seen.text)
        assert hidden.buttons == OFFERED[1:]


@pytest.mark.parametrize("error", ["too_many_members", "missing_scope", "ratelimited"])
async def test_a_channel_that_does_not_let_it_in_costs_nothing_and_leaves_the_other_ways(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str, error: str
) -> None:
    offer = await offered(socket_chat, there)
    if error == "missing_scope":
        slack.scopes.remove("channels:join")
    slack.channel(there).closed_to_bots = error
    await socket_chat.press(offer, "Join and draw")
    told = await socket_chat.wait_for(lambda seen: f"I could not join ({error})" in seen.text)
    assert (told.private, told.buttons) == (True, OFFERED[1:])
    await socket_chat.quota()
    assert "(0 used)" in (await socket_chat.wait_for(lambda seen: "images left" in seen.text)).text
    assert gateway.requests == []
    await socket_chat.press(told, "Draw in a direct message")
    await socket_chat.wait_for(drawn)


async def test_nobody_joins_for_what_is_refused_anyway(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, there: str
) -> None:
    async with slack_platform(start_bot, slack=slack, quota_images=1) as chat:
        offer = await offered(chat, there)
        chat.channel = "design"
        await chat.imagine("a kite")
        await chat.wait_for(drawn)
        await chat.press(offer, "Join and draw")
        await chat.wait_for(lambda seen: "(1 of 1)" in seen.text)
    assert not slack.called("conversations.join")
    assert len(gateway.requests) == 1


async def test_the_prompt_is_its_askers_alone_and_for_half_an_hour(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, there: str
) -> None:
    clock = MovableClock(SystemClock().now())
    async with slack_platform(start_bot, slack=slack, clock=clock) as chat:
        offer = message_of(slack, await offered(chat, there))
        for label in OFFERED:
            await slack.deliver(slack.pressed(offer, label, user="grace"))
        await until(lambda: len(chat.seen(user="grace")) == 3)
        assert all("I no longer know this image" in seen.text for seen in chat.seen(user="grace"))
        clock.move(31 * 60)
        for label in OFFERED:
            await slack.deliver(slack.pressed(offer, label))
        await until(lambda: sum("This button worked for half an hour" in seen.text for seen in chat.seen()) == 3)
    assert not slack.called("conversations.join")
    assert gateway.requests == []


async def test_between_two_people_it_offers_a_direct_message(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.channel("ada-and-grace", kind="im", bot=False)
    socket_chat.channel = "ada-and-grace"
    await socket_chat.imagine("a boat")
    offer = await socket_chat.wait_for(lambda seen: "Ask in a channel" in seen.text)
    assert offer.buttons == ["Draw in a direct message"]
    await socket_chat.press(offer, "Draw in a direct message")
    assert (await socket_chat.wait_for(drawn)).private


async def test_a_mention_where_it_no_longer_is_gets_the_offer_directly_and_an_answer_in_the_thread(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    said = slack.world.say(slack.channel("design").id, f"<@{BOT}> a boat", user=slack.person("ada").id)
    slack.channel("design").members.remove(BOT)
    await slack.tell(said, "app_mention")
    offer = await chat.wait_for(offers)
    assert message_of(slack, offer).channel == slack.world.direct(slack.person("ada").id).id
    await chat.press(offer, "Join and draw")
    shown = message_of(slack, await chat.wait_for(drawn))
    assert (shown.channel, bool(shown.thread)) == (slack.channel("design").id, True)
    assert len(gateway.requests) == 1


@pytest.mark.long
async def test_where_slack_takes_long_to_let_it_in_nothing_is_drawn_for_which_there_is_no_place(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI, there: str
) -> None:
    """An accepted job waits for its message for 15 seconds, and would then begin without one."""
    offer = await offered(socket_chat, there)
    slack.fail("conversations.join", delay=18.0, error="channel_not_found")
    await socket_chat.press(offer, "Join and draw")
    await socket_chat.wait_for(lambda seen: offers(seen) and seen.id != offer.id)
    await socket_chat.quota()
    await socket_chat.wait_for(lambda seen: "20 of 20" in seen.text)
    assert gateway.requests == []
