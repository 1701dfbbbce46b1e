"""Turn a request's body into an event. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.web.visitor import Visitor
from bot.core.bounds import REPEAT_KEY_CHARACTERS
from bot.core.commands import FLAGS, HISTORY, IMAGINE
from bot.core.commands.pages import is_page
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.model import Action
from bot.core.refusals import UnknownFlag
from bot.core.visible import visible

_COMMAND = re.compile(r"/(?P<name>[A-Za-z]\w*)")


class BadBody(Exception):
    """A body that can't be read. `word` names the sentence in `adapters.web.words`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command as it was typed. `key` identifies it, if the client wants to be able to repeat the request."""

    command: str
    text: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """The values that come with a pressed button."""

    prompt: str | None = field(default=None, repr=False)
    undo: bool = False
    """Whether what was pressed is to wait for a few seconds in which it can be taken back."""
    key: str | None = None


def read_command(body: bytes) -> Asked:
    """Read `{"text": "/imagine a paper boat", "options": {"size": "landscape"}, "key": "…"}`.

    Text without a slash, of any width, is a prompt for `/imagine`. Raises BadBody, UnknownFlag.
    """
    fields = _fields(body)
    text = fields.get("text")
    if not isinstance(text, str):
        raise BadBody("bad_text")
    first, *rest = text.split(maxsplit=1) or [""]
    command = _COMMAND.fullmatch(visible(first))
    name, words = (command["name"].lower(), "".join(rest)) if command else (IMAGINE.name, text)
    return Asked(command=name, text=words.strip(), options=_options(fields), key=_key(fields))


def read_press(body: bytes) -> Pressed:
    """Read `{"prompt": "…", "undo": true, "key": "…"}`, all optional, or nothing at all. Raises BadBody."""
    fields = _fields(body) if body.strip() else {}
    prompt = fields.get("prompt")
    if prompt is not None and not isinstance(prompt, str):
        raise BadBody("bad_prompt")
    undo = fields.get("undo", False)
    if not isinstance(undo, bool):
        raise BadBody("bad_undo")
    return Pressed(prompt=prompt, undo=undo, key=_key(fields))


def command_event(asked: Asked, who: Visitor, key: str) -> Event:
    """Return the event. A history command with what a button of the history has is a turned page."""
    if asked.command == HISTORY.name and is_page(asked.text):
        return press_event(Action.PAGE, asked.text, Pressed(), who, key)
    return CommandEvent(
        origin=who.origin(asked.key or key),
        command=asked.command,
        text=asked.text,
        options=asked.options,
    )


def press_event(action: Action, argument: str, pressed: Pressed, who: Visitor, key: str) -> ButtonEvent:
    """Return the event of a pressed button. Edit with a prompt becomes Again, which asks for another job.

    The page doesn't ask whether something is meant: it offers to undo it.
    """
    return ButtonEvent(
        origin=who.origin(pressed.key or key),
        action=Action.AGAIN if action is Action.EDIT and pressed.prompt is not None else action,
        argument=argument,
        prompt=pressed.prompt,
        confirmed=action is Action.DELETE,
    )


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBody("not_json") from error
    if not isinstance(fields, dict):
        raise BadBody("not_json")
    return fields


def _options(fields: Mapping[str, object]) -> Mapping[str, str]:
    options = fields.get("options", {})
    if not isinstance(options, dict):
        raise BadBody("bad_options")
    for name, value in options.items():
        if name not in FLAGS:
            raise UnknownFlag(name, FLAGS)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadBody("bad_options")
    return {name: str(value) for name, value in options.items()}


def _key(fields: Mapping[str, object]) -> str | None:
    key = fields.get("key")
    if key is None:
        return None
    if not isinstance(key, str) or not 0 < len(key) <= REPEAT_KEY_CHARACTERS:
        raise BadBody("bad_key")
    return key
