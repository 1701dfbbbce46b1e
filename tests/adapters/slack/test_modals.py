"""The modal of `/imagine` without a prompt: options that follow the model, refusals inside it, and the job it makes."""

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack, View
from tests.fakes.slack_driver import SlackDriver, until


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def _opened(chat: SlackDriver, slack: FakeSlack) -> View:
    await chat.imagine("")
    await until(lambda: bool(slack.open_views()))
    return slack.open_views()[-1]


def _blocks(view: View) -> dict[str, list[str]]:
    """Return the values of each control, by its block's id."""
    return {
        block["block_id"]: [option["value"] for option in block["element"].get("options", [])]
        for block in view.view["blocks"]
        if block["type"] == "input"
    }


async def _more(slack: FakeSlack, view: View) -> None:
    await slack.press_in(view, "imagine-more")
    await until(lambda: any(name.startswith("quality:") for name in _blocks(view)))


async def test_what_is_filled_in_is_drawn(chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI) -> None:
    view = await _opened(chat, slack)
    assert slack.deliveries[-1].acknowledged
    assert view.view["blocks"][1]["element"]["initial_option"]["value"] == "dall-e-3"
    await _more(slack, view)
    await slack.submit(view, {"prompt": "a paper boat", "size:dall-e-3": "landscape", "quality:dall-e-3": "hd"})
    shown = await chat.wait_for(drawn)
    assert "a paper boat" in shown.text
    body = gateway.requests[0].body
    assert (body["model"], body["size"], body["quality"]) == ("dall-e-3", "1792x1024", "hd")


async def test_flags_count_in_a_form_and_beat_no_choice(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await _opened(socket_chat, slack)
    await slack.submit(view, {"prompt": "a fox ―ar 16:9", "size:dall-e-3": "square"})
    assert "Given twice: --ar and --size" in view.errors["prompt"]
    await slack.submit(view, {"prompt": "a fox --size landscape"})
    assert view.errors["prompt"] == "Given twice: --size. Give it once."
    await slack.submit(view, {"prompt": "a fox --ar 16:9 --v 6", "size:dall-e-3": "-"})
    assert "Send this instead: a fox --ar 16:9." in view.errors["prompt"]
    assert gateway.requests == []
    await slack.submit(view, {"prompt": "a fox ―ar 16:9 --model gpt-image-1"})  # nobody chose the default
    await socket_chat.wait_for(drawn)
    body = gateway.requests[0].body
    assert (body["model"], body["prompt"], body["size"]) == ("gpt-image-1", "a fox", "1536x1024")


async def test_a_chosen_model_and_another_as_a_flag_are_one_too_many(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await socket_chat.imagine("\u200b\u3164")
    await until(lambda: bool(slack.open_views()))
    view = slack.open_views()[-1]
    await slack.choose(view, "model", "gpt-image-1")
    await until(lambda: "size:gpt-image-1" in _blocks(view))
    await slack.submit(view, {"prompt": "a fox --model dall-e-2"})
    assert view.errors["prompt"] == "Given twice: --model. Give it once."
    assert gateway.requests == []


async def test_an_edited_prompt_with_flags_of_midjourneys_stays_open_with_what_to_send_instead(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await socket_chat.imagine("a fox")
    await socket_chat.press(await socket_chat.wait_for(drawn), "Edit prompt")
    await until(lambda: bool(slack.open_views()))
    view = slack.open_views()[-1]
    await slack.submit(view, {"prompt": "a hen --seed 5"})
    assert "Send this instead: a hen." in view.errors["prompt"]
    assert len(gateway.requests) == 1
    await slack.submit(view, {"prompt": "-- a hen --seed 5"})
    await socket_chat.wait_for(lambda seen: drawn(seen) and "a hen" in seen.text)
    assert gateway.requests[1].body["prompt"] == "a hen --seed 5"


async def test_a_model_is_offered_with_what_to_choose_it_for(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    view = await _opened(socket_chat, slack)
    offered = {option["value"]: option for option in view.view["blocks"][1]["element"]["options"]}
    assert offered["dall-e-3"]["description"]["text"] == "vivid or natural style, standard or HD quality"
    assert all(option["description"]["text"] for option in offered.values())


async def test_choosing_a_model_shows_its_options(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await _opened(socket_chat, slack)
    await _more(slack, view)
    assert _blocks(view)["style:dall-e-3"] == ["vivid", "natural"]
    view.filled["prompt"] = "a paper boat"
    await slack.choose(view, "model", "gpt-image-1")
    await until(lambda: "background:gpt-image-1" in _blocks(view))
    controls = _blocks(view)
    assert "transparent" in controls["background:gpt-image-1"]
    assert not any(name.startswith("style") for name in controls)
    await slack.submit(view, {"background:gpt-image-1": "transparent"})
    await socket_chat.wait_for(drawn)
    body = gateway.requests[0].body
    assert (body["model"], body["background"], body["prompt"]) == ("gpt-image-1", "transparent", "a paper boat")


async def test_a_choice_that_was_overtaken_does_no_harm(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    view = await _opened(socket_chat, slack)
    slack.fail("views.update", error="hash_conflict")
    delivery = await slack.choose(view, "model", "gpt-image-1")
    assert delivery.acknowledged
    await slack.submit(view, {"prompt": "a boat", "model": "dall-e-2"})
    await socket_chat.wait_for(drawn)


async def test_a_refusal_is_shown_in_the_modal_and_costs_nothing(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await _opened(chat, slack)
    await slack.submit(view, {"prompt": "x" * 2000, "model": "dall-e-2"})
    assert "takes at most 1,000" in view.errors["prompt"]
    assert gateway.requests == []
    await slack.submit(view, {"prompt": "a boat", "model": "dall-e-2"})
    await chat.wait_for(drawn)
    assert view.closed


async def test_a_prompt_that_is_too_long_for_a_form_comes_shortened_and_the_form_says_so(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await socket_chat.imagine(f"{'very ' * 700}long --model gpt-image-1")
    await socket_chat.press(await socket_chat.wait_for(drawn), "Edit prompt")
    await until(lambda: bool(slack.open_views()))
    block = slack.open_views()[0].view["blocks"][0]
    assert len(block["element"]["initial_value"]) == 3000
    assert "its end is missing" in block["hint"]["text"]


async def test_a_redelivered_submission_makes_one_image(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await _opened(socket_chat, slack)
    delivery = await slack.submit(view, {"prompt": "a boat"})
    await slack.deliver(delivery.payload, view=view, retry=1)
    await socket_chat.wait_for(drawn)
    assert len(gateway.requests) == 1
    assert len(socket_chat.seen()) == 1


async def test_where_the_bot_may_not_post_the_submission_says_so_where_it_was_asked(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    slack.channel("elsewhere", bot=False)
    socket_chat.channel = "elsewhere"
    view = await _opened(socket_chat, slack)
    await slack.submit(view, {"prompt": "a boat"})
    notified = await socket_chat.wait_for(lambda seen: "/invite @imagine" in seen.text)
    assert notified.private
    assert gateway.requests == []


@pytest.mark.parametrize("refuses", ["not_in_channel", "is_archived", "app_access_restricted"])
async def test_what_is_said_elsewhere_about_a_form_says_where_it_was_asked(
    socket_chat: SlackDriver, slack: FakeSlack, refuses: str
) -> None:
    view = await _opened(socket_chat, slack)
    slack.channel("design").refuses = refuses
    slack.fail("response_url", status=404)  # it is half an hour later
    await slack.submit(view, {"prompt": "a boat"})
    said = await socket_chat.wait_for(lambda seen: "Nothing was charged" in seen.text)
    assert said.text.startswith("This is about #design.\n")


async def test_what_is_said_elsewhere_about_a_press_says_where_it_was(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    await socket_chat.imagine("a boat")
    drawn = await socket_chat.wait_for(lambda seen: bool(seen.images))
    slack.fail("response_url", status=404)
    slack.fail("chat.postEphemeral", error="user_not_in_channel")
    slack.fail("views.open", error="fatal_error")
    await socket_chat.press(drawn, "Edit prompt")
    await socket_chat.wait_for(lambda seen: seen.text.startswith("This is about #design.\nI'm busy right now."))


@pytest.mark.parametrize("error", ["expired_trigger_id", "fatal_error"])
async def test_a_modal_that_does_not_open_is_said(socket_chat: SlackDriver, slack: FakeSlack, error: str) -> None:
    slack.fail("views.open", error=error)
    await socket_chat.imagine("")
    assert (await socket_chat.wait_for(lambda seen: "try again" in seen.text)).private
