"""Text of others is read, cut and cleaned at each door, and each door is known."""

import ast
import io
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_origin, get_type_hints

import pytest

from bot.cli.logs import TextFormatter
from bot.core import events, image, model, origin, replies
from bot.core.bounds import LOG_ENTRY_BYTES, TEXT_CHARACTERS
from tests.support.doors import DOORS, READ_BY, Door, settings
from tests.support.hostile import hostile
from tests.support.messages import ROOT

MANY = int(os.environ.get("HOSTILE_TEXTS", "900"))
"""Through each door: ten thousand through all of them; `make soak` sends as many through each."""
_FEWER = 8
"""How many times fewer go through a door for which a file is written each time."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_AROUND = 100
"""Characters of the bot's own around a text."""
_TYPED = frozenset({"prompt", "text", "options", "tokens", "place"})
"""As long as people may type: a prompt's length is told them. Only the name in an address is shown."""


def texts(value: object, name: str = "") -> Sequence[tuple[str, str]]:
    """Return each text in a value, with the name of its field."""
    found: list[tuple[str, str]] = []
    left = [(name, value)]
    while left:
        name, value = left.pop()
        match value:
            case str():
                found.append((name, value))
            case BaseException():
                found.append((name, str(value)))
            case Mapping():
                left += [(name or str(key), each) for key, each in value.items()]
            case tuple() | list() | frozenset():
                left += [(name, each) for each in value]
            case _ if is_dataclass(value):
                left += [(field.name, getattr(value, field.name)) for field in fields(value)]
    return found


def is_clean(name: str, text: str) -> bool:
    if name in {"tokens", "place"}:  # as they are: they lead to a message, and are neither shown nor logged
        return True
    lines = name in _TYPED | {"revised_prompt"}
    unseen = _UNSEEN.search(text) or ("\n" in text and not lines)
    return not unseen and (name in _TYPED or len(text) <= TEXT_CHARACTERS + _AROUND)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_hostile_text_comes_in_clean_and_short_by_each_door(door: Door) -> None:
    stream = io.StringIO()
    log = logging.Logger("tests.doors")  # noqa: LOG001  of its own: pytest can't report halves of characters
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter())
    log.addHandler(handler)
    logged = 0
    for words in hostile(MANY // _FEWER if door is settings else MANY, seed=DOORS.index(door)):
        for value in door(words):
            odd = [(name, ascii(text[:80])) for name, text in texts(value) if not is_clean(name, text)]
            assert odd == []
            log.warning("%s", value)
            logged += 1
    lines = stream.getvalue().splitlines()
    assert len(lines) == logged
    assert all(line.isprintable() and len(line.encode()) <= LOG_ENTRY_BYTES for line in lines)


_ATTRIBUTES = frozenset({"headers", "cookies", "query", "match_info", "environ", "argv", "stdin"})
_CALLS = frozenset(
    {"loads", "json", "read_text", "read_bytes", "getenv", "parse_stream", "parse_args", "receive", "from_dict"}
)
_FILLS = frozenset({"setdefault", "update"})
_NOT_OTHERS = ("bot/core/ways_out.py", "storage/database/engines.py")
"""Their `query` is from a URL that the operator has set."""


def reads_from_outside(source: str) -> bool:
    whole = list(ast.walk(ast.parse(source)))
    filled = {node.value for node in whole if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    filled |= {node.value for node in whole if isinstance(node, ast.Attribute) and node.attr in _FILLS}
    for node in whole:
        if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES and node not in filled:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            return True
    return False


def test_each_module_that_reads_something_from_outside_is_listed_with_its_doors() -> None:
    files = [file for folder in ("adapters", "bot", "storage") for file in sorted((ROOT / folder).rglob("*.py"))]
    names = {str(file.relative_to(ROOT)) for file in files if reads_from_outside(file.read_text("utf-8"))}
    assert names - set(_NOT_OTHERS) == set(READ_BY)
    used = {door for doors in READ_BY.values() if not isinstance(doors, str) for door in doors}
    assert used <= set(DOORS)


_OWN: Mapping[str, str] = {
    "Accepted": "",
    "Answer": "",
    "Address.platform": "a name of the bot's own",
    "Address.link": "made of ids by the adapter",
    "Asked.model": "a name that the catalogue has",
    "Button.argument": "an id of the bot's own",
    "Button.label": "the bot's words",
    "Button.spoken": "the bot's words, and a prompt that the catalogue has checked",
    "Entry": "",
    "Confirmation": "the bot's words, and an id of its own",
    "Form.job": "an id of the bot's own",
    "Form.label": "the bot's words",
    "Form.prompt": "what the ledger has of a job",
    "Form.submit": "the bot's words",
    "Form.title": "the bot's words",
    "HistoryPage": "",
    "ImageFile.media_type": "what the bytes show",
    "ImageFile.name": "an id of the bot's own",
    "ImageRequest": "what the catalogue has checked",
    "Job.id": "an id of the bot's own",
    "Job.owner": "an id of the bot's own",
    "Job.parent": "an id of the bot's own",
    "Link.label": "the bot's words",
    "Link.url": "made of ids by the adapter",
    "Offer": "a name that the catalogue has, and the bot's words",
    "Picture.alt": "a prompt that the catalogue has checked",
    "Picture.brief": "the bot's words",
    "Picture.job": "an id of the bot's own",
    "Picture.model": "a name that the catalogue has",
    "Price.unit": "a word of the bot's own",
    "Reply.search": "words of an event, which is clean",
    "StoredImage": "what the bytes show",
    "Strong.text": "the bot's words",
    "Timestamp.written": "the bot's words",
    "Typed.command": "a name of the bot's own",
    "Usage": "",
}
"""Texts in the core's values that are not those of others."""


def texts_of_others() -> Iterator[tuple[type, str]]:
    for module in (origin, events, image, model, replies):
        for kind in vars(module).values():
            if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__:
                hints = get_type_hints(kind)
                for field in fields(kind):
                    whole = f"{kind.__name__}.{field.name}"
                    if hints[field.name] in {str, str | None} and not {whole, kind.__name__} & _OWN.keys():
                        yield kind, field.name


def made(hint: Any, words: str) -> Any:
    """Make a value of a type, of these words in each place for a text."""
    kind = get_origin(hint)
    if hint in {str, str | None}:
        return words
    if kind in {UnionType, Union}:
        return None
    if isinstance(hint, type) and is_dataclass(hint):
        given = get_type_hints(hint)
        return hint(**{field.name: made(given[field.name], words) for field in fields(hint)})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    return {Mapping: {"x": words}, frozenset: frozenset({"x"}), tuple: ()}.get(kind or hint, _PLAIN.get(hint))


_PLAIN: Mapping[type, object] = {int: 0, bool: False, bytes: b"", datetime: datetime(2026, 11, 27, tzinfo=UTC)}


def test_no_value_holds_a_text_of_others_as_it_came() -> None:
    found = sorted(texts_of_others(), key=str)
    assert len(found) > 20
    for words in (*hostile(50), "x" * 50_000):
        for kind, name in found:
            value = getattr(made(kind, words), name)
            assert is_clean(name, value), f"{kind.__name__}.{name} holds {value[:80]!a}"


def test_a_revised_prompt_of_megabytes_is_cut_before_it_is_kept() -> None:
    kept = image.Generation(image=b"", revised_prompt="a boat " * 700_000).revised_prompt
    assert TEXT_CHARACTERS - 10 < len(kept) <= TEXT_CHARACTERS
    assert kept.endswith("…")
