"""From bodies to events."""

import json

import pytest

from adapters.web.parse import Asked, BadBody, Pressed, command_event, press_event, read_command, read_press
from adapters.web.visitor import Visitor
from bot.core.events import ButtonEvent, CommandEvent
from bot.core.model import Action
from bot.core.refusals import UnknownFlag

ADA = Visitor(secret="a" * 43, locale="en")
GRACE = Visitor(secret="g" * 43, locale="en")


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/imagine a boat --size landscape", "imagine", "a boat --size landscape"),
        ("/IMAGINE a boat", "imagine", "a boat"),
        ("  /quota  ", "quota", ""),
        ("／imagine　a boat", "imagine", "a boat"),
        ("／ＱＵＯＴＡ", "quota", ""),
        ("\ufeff/quota", "quota", ""),
        ("/history 12", "history", "12"),
        ("/nothing", "nothing", ""),
        ("a boat", "imagine", "a boat"),
        ("a boat\nat dusk", "imagine", "a boat\nat dusk"),
        ("/imagine\na boat\nat dusk", "imagine", "a boat\nat dusk"),
        ("", "imagine", ""),
        ("/", "imagine", "/"),
        ("// a boat", "imagine", "// a boat"),
    ],
)
def test_a_slash_makes_a_command_and_anything_else_is_a_prompt(text: str, command: str, rest: str) -> None:
    asked = read_command(body(text=text))
    assert (asked.command, asked.text) == (command, rest)


def test_options_come_as_strings_or_whole_numbers() -> None:
    assert read_command(body(text="a", options={"n": 2, "size": "square"})).options == {"n": "2", "size": "square"}


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_json"),
        (b'"text"', "not_json"),
        (body(), "bad_text"),
        (body(text=1), "bad_text"),
        (body(text=None), "bad_text"),
        (body(text="a", options=[]), "bad_options"),
        (body(text="a", options={"n": 1.5}), "bad_options"),
        (body(text="a", options={"n": True}), "bad_options"),
        (body(text="a", options={"size": None}), "bad_options"),
        (body(text="a", key=""), "bad_key"),
        (body(text="a", key="k" * 201), "bad_key"),
        (body(text="a", key=5), "bad_key"),
    ],
)
def test_a_body_of_the_wrong_form_names_what_is_wrong(sent: bytes, word: str) -> None:
    with pytest.raises(BadBody) as raised:
        read_command(sent)
    assert raised.value.word == word


def test_an_option_that_there_is_not_is_named() -> None:
    with pytest.raises(UnknownFlag):
        read_command(body(text="a", options={"colour": "red"}))


def test_a_press_needs_no_body() -> None:
    assert read_press(b"") == Pressed()
    assert read_press(body(prompt="a kite", key="k")) == Pressed(prompt="a kite", key="k")
    with pytest.raises(BadBody):
        read_press(body(prompt=["a kite"]))


def test_a_key_is_only_its_owners() -> None:
    asked = Asked(command="imagine", text="a boat", key="same")
    assert command_event(asked, ADA, "x").origin.key == command_event(asked, ADA, "y").origin.key
    assert command_event(asked, ADA, "x").origin.key != command_event(asked, GRACE, "x").origin.key


@pytest.mark.parametrize("words", ["", " red fox"])
def test_a_history_with_what_a_button_has_is_a_turned_page(words: str) -> None:
    argument = f"o{'0123456789abcdef' * 2}"[:27] + words
    event = command_event(Asked(command="history", text=argument), ADA, "x")
    assert isinstance(event, ButtonEvent)
    assert (event.action, event.argument) == (Action.PAGE, argument)


@pytest.mark.parametrize("words", ["", "12", "owl", "red fox", "o0123"])
def test_a_history_with_words_is_searched(words: str) -> None:
    event = command_event(Asked(command="history", text=words), ADA, "x")
    assert isinstance(event, CommandEvent)
    assert event.text == words


def test_an_edit_with_a_prompt_is_another_job() -> None:
    assert press_event(Action.EDIT, "job", Pressed(prompt="a kite"), ADA, "x").action is Action.AGAIN
    assert press_event(Action.EDIT, "job", Pressed(), ADA, "x").action is Action.EDIT


def test_the_cookie_is_in_no_event() -> None:
    event = command_event(Asked(command="imagine", text="a boat"), ADA, "x")
    assert ADA.secret not in repr(event)
    assert event.origin.user.id.startswith("web:")
