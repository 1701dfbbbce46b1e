"""The one form: what it offers, what it keeps, and where it says what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import forms
from adapters.slack.forms import Filled, Offered
from bot.core.catalogue.catalogue import Catalogue
from bot.core.image import Offer, OfferedModel
from bot.core.language import prepare, speak
from bot.core.language.catalogues import offered as languages_of
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, TEAM, FakeSlack, View
from tests.fakes.slack_blocks import view_errors
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.fakes.slack_world import World
from tests.support.messages import find
from tests.support.pseudo import LOCALE, write

Json = dict[str, Any]


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


async def opened(chat: SlackDriver, slack: FakeSlack) -> View:
    await chat.imagine("")
    return await newest(slack)


async def newest(slack: FakeSlack, user: str = "ada") -> View:
    await until(lambda: bool(slack.open_views(user)))
    return slack.open_views(user)[-1]


def block(view: Json, name: str) -> Json:
    """Return the block of an option, no matter which model it is for."""
    return next(each for each in view["blocks"] if each.get("block_id", "").partition(":")[0] == name)


def has(view: Json, name: str) -> bool:
    return any(each.get("block_id", "").partition(":")[0] == name for each in view["blocks"])


def starts_with(view: Json, name: str) -> str:
    value: str = block(view, name)["element"].get("initial_option", {}).get("value", "")
    return value


def alerts(view: View) -> list[str]:
    return [each["text"]["text"] for each in view.view["blocks"] if each["type"] == "alert"]


async def test_it_asks_for_a_prompt_a_model_a_ratio_and_a_number_and_for_more_when_asked(
    socket_chat: SlackDriver, slack: FakeSlack
) -> None:
    view = await opened(socket_chat, slack)
    assert [each["block_id"].partition(":")[0] for each in view.view["blocks"]] == [
        *("prompt", "model", "size", "n", "more"),
    ]
    ratio = block(view.view, "size")["element"]
    assert ratio["type"] == "radio_buttons"
    assert [option["text"]["text"] for option in ratio["options"]] == [
        *("As the model likes", "Square", "Landscape", "Portrait", "16:9", "9:16"),
    ]
    counts = [option["value"] for option in block(view.view, "n")["element"]["options"]]
    assert counts == ["1", "2", "4", "10"]
    await slack.submit(view, {"prompt": ""})  # so that it stays, and has something filled in
    view.filled["prompt"] = "a boat"
    await slack.press_in(view, "imagine-more")
    await until(lambda: has(view.view, "quality"))
    assert has(view.view, "style")
    assert not has(view.view, "more")
    assert view.filled["prompt"] == "a boat"


async def test_choosing_a_model_keeps_what_it_has_and_says_what_it_dropped(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await opened(socket_chat, slack)
    await slack.press_in(view, "imagine-more")
    await until(lambda: has(view.view, "quality"))
    view.filled |= {"prompt": "a boat", "size:dall-e-3": "16:9", "n:dall-e-3": "2", "style:dall-e-3": "vivid"}
    await slack.choose(view, "model", "gpt-image-1")
    await until(lambda: has(view.view, "background"))
    assert (starts_with(view.view, "size"), starts_with(view.view, "n")) == ("16:9", "2")
    dropped = block(view.view, "dropped")["text"]["text"]
    assert dropped == "gpt-image-1 doesn't take vivid, so that is no longer chosen."
    await slack.submit(view, {})
    await socket_chat.wait_for(lambda seen: len(seen.images) == 2)
    body = gateway.requests[0].body
    assert (body["model"], body["prompt"], body["size"]) == ("gpt-image-1", "a boat", "1536x1024")


async def test_a_mistake_stands_under_its_own_field(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    view = await opened(socket_chat, slack)
    await slack.submit(view, {"prompt": "a boat --quality odd"})
    assert view.errors.keys() == {"prompt"}
    for name, value in [("n", "11"), ("size", "round"), ("model", "nobodys-model")]:
        forged(view, name, value)
        await slack.submit(view, {"prompt": "a boat", block(view.view, name)["block_id"]: value})
        assert list(view.errors) == [block(view.view, name)["block_id"]], value
        assert value in next(iter(view.errors.values()))
        view.filled.pop(block(view.view, name)["block_id"])
    forged(view, "n", "1", block_id="__class__:x")
    await slack.submit(view, {"prompt": "a boat", "__class__:x": "1"})
    assert "dall-e-3 takes no __class__" in next(iter(view.errors.values()))
    await slack.submit(view, {"__class__:x": ""})
    await socket_chat.wait_for(drawn)
    assert len(gateway.requests) == 1


def forged(view: View, name: str, value: str, *, block_id: str = "") -> None:
    """Let somebody choose what the form doesn't offer."""
    own = block(view.view, name)
    made = {**own, "element": {**own["element"], "options": [{"text": own["label"], "value": value}]}}
    made["element"].pop("initial_option", None)
    if block_id:
        view.view["blocks"].append({**made, "block_id": block_id})
    else:
        own["element"]["options"].append({"text": own["label"], "value": value})


async def test_a_used_up_quota_is_an_alert_on_top_of_all_that_is_filled_in(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    async with slack_platform(start_bot, mode="http", slack=slack, quota_images=1) as chat:
        view = await opened(chat, slack)
        filled = {"prompt": "two boats", "size:dall-e-3": "portrait", "n:dall-e-3": "2"}
        for _ in range(2):
            await slack.submit(view, filled)
            assert len(alerts(view)) == 1
            assert "you have 1 of 1 left" in alerts(view)[0]
        assert view.view["blocks"][0]["type"] == "alert"
        assert block(view.view, "prompt")["element"]["initial_value"] == "two boats"
        assert (starts_with(view.view, "size"), starts_with(view.view, "n")) == ("portrait", "2")
        await slack.submit(view, {"n:dall-e-3": "1"})
        await chat.wait_for(drawn)
        assert view.closed
        assert gateway.requests[0].body["size"] == "1024x1792"


async def test_the_shortcut_draws_in_direct_messages(
    chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    assert (await slack.shortcut("imagine-draw")).acknowledged
    view = await newest(slack)
    assert block(view.view, "prompt")["hint"]["text"] == "I'll send you the images in a direct message."
    await slack.choose(view, "model", "gpt-image-1")
    await until(lambda: has(view.view, "size") and "gpt-image-1" in block(view.view, "size")["block_id"])
    assert "hint" in block(view.view, "prompt")
    await slack.submit(view, {"prompt": "a boat --model dall-e-2"})
    assert view.errors
    await slack.submit(view, {"prompt": "a boat"})
    shown = await chat.wait_for(drawn)
    assert shown.private
    assert len(gateway.requests) == 1
    await chat.press(shown, "Again")
    await chat.wait_for(lambda seen: drawn(seen) and seen.id != shown.id)


@pytest.mark.parametrize("refusal", ["", "missing_scope"])
async def test_a_shortcut_whose_form_does_not_open_is_said_directly(
    socket_chat: SlackDriver, slack: FakeSlack, refusal: str
) -> None:
    slack.fail("views.open", error="expired_trigger_id")
    if refusal:
        slack.fail("conversations.open", times=2, error=refusal)
    await slack.shortcut("imagine-draw")
    said = await socket_chat.wait_for(lambda seen: "try again" in seen.text)
    assert said.private
    assert "This is about" not in said.text


async def test_an_earlier_job_comes_with_its_options_and_a_change_of_one_changes_only_that(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    await socket_chat.imagine("a fox --ar 16:9 --quality hd --style natural")
    await socket_chat.press(await socket_chat.wait_for(drawn), "Edit prompt")
    view = await newest(slack)
    assert starts_with(view.view, "model") == "dall-e-3"
    assert [starts_with(view.view, name) for name in ("size", "quality", "style")] == ["16:9", "hd", "natural"]
    await slack.submit(view, {"prompt": "a hen --quality standard", "size:dall-e-3": "-"})
    await socket_chat.wait_for(lambda seen: drawn(seen) and "a hen" in seen.text)
    body = gateway.requests[1].body
    assert (body["prompt"], body["size"], body["quality"], body["style"]) == (
        *("a hen", "1024x1024", "standard", "natural"),
    )
    await socket_chat.press(await socket_chat.wait_for(lambda seen: "a hen" in seen.text), "Edit prompt")
    view = await newest(slack)
    await slack.submit(view, {"style:dall-e-3": "vivid", "prompt": "a cat --style natural"})
    assert view.errors["prompt"] == "Given twice: --style. Give it once."
    await slack.choose(view, "model", "gpt-image-1")
    await until(lambda: has(view.view, "background"))
    await slack.submit(view, {"prompt": "a cat"})
    await socket_chat.wait_for(lambda seen: drawn(seen) and "a cat" in seen.text)
    body = gateway.requests[2].body
    assert (body["model"], body["prompt"]) == ("gpt-image-1", "a cat")
    assert "style" not in body


# What the release before opened, and somebody still has open.
def of_the_release_before(slack: FakeSlack, callback: str, metadata: Json, *selects: tuple[str, str]) -> View:
    def plain(text: str) -> Json:
        return {"type": "plain_text", "text": text, "emoji": False}

    text = {"type": "plain_text_input", "action_id": "prompt", "multiline": True, "max_length": 3000}
    blocks: list[Json] = [{"type": "input", "block_id": "prompt", "label": plain("Prompt"), "element": text}]
    for block_id, value in selects:
        action = "imagine-model" if block_id == "model" else "choice"
        element = {
            "type": "static_select",
            "action_id": action,
            "options": [{"text": plain(value), "value": value}],
            **({"initial_option": {"text": plain(value), "value": value}} if block_id == "model" else {}),
        }
        blocks.append({"type": "input", "block_id": block_id, "label": plain(block_id), "element": element})
    view: Json = {"type": "modal", "callback_id": callback, "private_metadata": json.dumps(metadata), "blocks": blocks}
    view |= {"title": plain("Draw an image"), "submit": plain("Draw"), "close": plain("Cancel")}
    made = View(id=f"V{slack.world.number()}", hash="h", view=view, user=slack.person("ada").id)
    slack.world.views.append(made)
    return made


async def test_an_open_form_of_the_release_before_is_drawn(
    socket_chat: SlackDriver, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    place = {"channel": slack.channel("design").id, "name": "design", "model": "dall-e-3"}
    selects = [("model", "dall-e-3"), ("size:dall-e-3", "1792x1024"), ("n:dall-e-3", "3"), ("style:dall-e-3", "vivid")]
    view = of_the_release_before(slack, "imagine-new", place, *selects)
    slack.channel("design").members |= {slack.person("ada").id, BOT}
    await slack.submit(view, {"prompt": "a fox --size odd"})
    assert view.errors.keys() == {"prompt"}
    await slack.submit(view, {"prompt": "a fox", "size:dall-e-3": "1792x1024", "n:dall-e-3": "3"})
    shown = await socket_chat.wait_for(lambda seen: len(seen.images) == 3)
    assert gateway.requests[0].body["size"] == "1792x1024"
    job = next(str(call["value"]) for call in buttons(slack, shown))
    edited = of_the_release_before(slack, "imagine-edit", {**place, "job": job, "model": None})
    await slack.submit(edited, {"prompt": "a hen"})
    await socket_chat.wait_for(lambda seen: len(seen.images) == 3 and "a hen" in seen.text)
    assert gateway.requests[-1].body["size"] == "1792x1024"


async def test_an_open_form_of_the_release_before_follows_its_model(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    view = of_the_release_before(
        slack, "imagine-new", {"model": "dall-e-3"}, ("model", "dall-e-3"), ("style:x", "vivid")
    )
    view.filled |= {"prompt": "a fox"}
    await slack.choose(view, "model", "dall-e-3")
    await until(lambda: has(view.view, "quality"))
    assert view.filled["prompt"] == "a fox"


def buttons(slack: FakeSlack, seen: Seen) -> list[Json]:
    message = next(each for each in slack.world.messages if each.ts == seen.id)
    return [element for each in message.blocks for element in each.get("elements", []) if "value" in element]


async def test_closing_it_while_it_changes_does_no_harm(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    view = await opened(socket_chat, slack)
    view.closed = True
    assert (await slack.press_in(view, "imagine-more")).acknowledged
    assert (await slack.choose(view, "model", "gpt-image-1")).acknowledged
    await socket_chat.imagine("a boat")
    await socket_chat.wait_for(drawn)


@pytest.mark.parametrize(("outsiders", "draws"), [("nobody", False), ("everyone", True)])
async def test_a_form_of_somebody_elses_company_is_refused_unless_outsiders_may_draw(
    slack: FakeSlack, start_bot: StartBot, gateway: FakeCometAPI, outsiders: str, draws: bool
) -> None:
    async with slack_platform(start_bot, mode="socket", slack=slack, slack_outsiders=outsiders) as chat:
        view = await opened(chat, slack)
        stranger = slack.person("zoe")
        stranger.team = "T0OTHERORG"
        view.user = stranger.id
        slack.channel("design").members.add(stranger.id)
        delivery = await slack.submit(view, {"prompt": "a boat"}, user="zoe")
        assert delivery.payload["view"]["app_installed_team_id"] == TEAM
        if draws:
            await chat.wait_for(drawn, user="zoe")
        else:
            assert alerts(view) == ["Only people of Work can draw here. Nothing was charged."]
            assert block(view.view, "prompt")["element"]["initial_value"] == "a boat"
        assert len(gateway.requests) == int(draws)


def catalogue_of(names: list[str]) -> Catalogue:
    catalogue = Catalogue(default=names[0])
    catalogue.update([OfferedModel(name=name) for name in names])
    return catalogue


def offered_by(catalogue: Catalogue, **known: float) -> Offered:
    models = [Offer(name=name, description=catalogue.description(name), **known) for name in catalogue.names()]
    return Offered(models=models, choices=catalogue.choices, accepts=catalogue.accepts)


def test_a_hundred_models_and_more_are_offered_the_chosen_one_among_them() -> None:
    names = [f"somebodys-model-{number}" for number in range(130)]
    chosen = names[-1]
    offered = offered_by(catalogue_of(names), usd=0.04, seconds=20.0)
    view = forms.drawing(speak("en"), offered, Filled(options={"model": chosen}), title="Draw", metadata="")
    assert view_errors(view, World()) == []
    assert len(block(view, "model")["element"]["options"]) == 100
    assert starts_with(view, "model") == chosen


def test_a_model_is_offered_with_its_price_and_how_long_it_takes_as_far_as_there_is_room() -> None:
    names = ["gpt-image-2", "x" * 70, "y" * 50, "z" * 76]
    offered = offered_by(catalogue_of(names), usd=0.04, seconds=21.0)
    view = forms.drawing(speak("en"), offered, Filled(), title="Draw", metadata="")
    labels = {option["value"]: option["text"]["text"] for option in block(view, "model")["element"]["options"]}
    assert labels["gpt-image-2"] == "gpt-image-2 · $0.04 an image · about 20 s"
    assert labels["x" * 70] == "x" * 70
    assert labels["y" * 50] == f"{'y' * 50} · $0.04 an image"
    assert "z" * 76 not in labels


@pytest.mark.parametrize("locale", ["en", LOCALE])
async def test_every_form_is_within_slacks_lengths(locale: str, tmp_path: Path) -> None:
    write(tmp_path, find()[0])
    catalogue = Catalogue(default="dall-e-3")
    offered = offered_by(catalogue, usd=0.0015, seconds=400.0)
    with languages_of(tmp_path):
        await prepare(locale)
        for model in catalogue.names():
            options = {"model": model, "size": "3:2", "n": "7"}
            filled = Filled(prompt="x" * 4000, options=options, more=True)
            view = forms.drawing(
                speak(locale), offered, filled, title=speak(locale).label("Draw an image"), metadata="",
                dropped=["vivid", "hd"], directly=True,
            )  # fmt: skip
            assert view_errors(view, World()) == [], model
            hints = [each["hint"]["text"] for each in view["blocks"] if "hint" in each]
            assert all(len(hint) <= 150 for hint in hints)
            sent = forms.with_alert({**view, "state": {"values": {}}}, [(speak(locale).label("Draw"),)])
            assert view_errors(sent, World()) == []
