"""The words of a text, each as it was typed and as people see it."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from bot.core.visible import is_blank, is_dash, visible

# Copying leaves spaces of no width at the ends of words. Within a word they stay: some languages part words by them.
_SPACE = r"\s\u200b\u2060\ufeff"
_WORD = re.compile(rf"[^{_SPACE}](?:\S*[^{_SPACE}])?")
_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)


class Word(NamedTuple):
    """A word: how many words stand before it, where it is in its text, and how it looks."""

    number: int
    start: int
    end: int
    seen: str


class Dashed(NamedTuple):
    """One or two dashes of any kind before a name, which a value may be joined to: `--size`, `—ar`, `--ar=16:9`."""

    dashes: str
    name: str
    joined: str | None


def words_of(text: str) -> Iterator[Word]:
    """Yield the words that aren't blank."""
    seen = (found for found in _WORD.finditer(text) if not is_blank(found[0]))
    for number, found in enumerate(seen):
        yield Word(number=number, start=found.start(), end=found.end(), seen=visible(found[0]))


def dashed(word: Word) -> Dashed | None:
    """Return what a word is if it begins like a flag; None if it doesn't."""
    dashes = "".join(takewhile(is_dash, word.seen))
    if not 1 <= len(dashes) <= 2:
        return None
    name, equals, joined = word.seen.removeprefix(dashes).partition("=")
    plain = "".join("-" if is_dash(char) else char for char in name)
    if not _NAME.fullmatch(plain):
        return None
    return Dashed(dashes=dashes, name=plain, joined=joined if equals else None)


def as_typed(words: Iterable[Word], text: str) -> str:
    """Return words as they stand in their text; a space where others stood between two of them."""
    typed, last = "", None
    for word in words:
        if last is not None:
            typed += text[last.end : word.start] if word.number == last.number + 1 else " "
        typed += text[word.start : word.end]
        last = word
    return typed
