"""Midjourney's flags: many people know them by heart, and here they would be drawn as words.

https://docs.midjourney.com/hc/en-us/articles/32859204029709-Parameter-List
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from bot.core.commands.words import Word, dashed


class Takes(Enum):
    """What may follow a flag."""

    NOTHING = auto()
    NUMBER = auto()
    WORDS = auto()
    """All up to the next flag."""


MIDJOURNEY: Mapping[str, Takes] = {
    "v": Takes.NUMBER,
    "q": Takes.NUMBER,
    "s": Takes.NUMBER,
    "seed": Takes.NUMBER,
    "no": Takes.WORDS,
    "iw": Takes.NUMBER,
    "niji": Takes.NUMBER,
    "c": Takes.NUMBER,
    "chaos": Takes.NUMBER,
    "stylize": Takes.NUMBER,
    "weird": Takes.NUMBER,
    "tile": Takes.NOTHING,
    "stop": Takes.NUMBER,
    "r": Takes.NUMBER,
    "repeat": Takes.NUMBER,
    "raw": Takes.NOTHING,
    "sref": Takes.WORDS,
    "cref": Takes.WORDS,
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+", re.ASCII)


class Found(NamedTuple):
    """The names of the flags that were found, in the order of the table, and the words that they consist of."""

    names: tuple[str, ...]
    words: frozenset[Word]


def find(words: Sequence[Word]) -> Found:
    """Find Midjourney's flags, each with what follows it, among words that aren't flags of ours."""
    names: set[str] = set()
    taken: set[Word] = set()
    unread = deque(words)
    while unread:
        if name := _name(unread):
            names.add(name)
            taken |= _flag_and_value(name, unread)
        else:
            unread.popleft()
    return Found(names=tuple(name for name in MIDJOURNEY if name in names), words=frozenset(taken))


def _name(unread: Sequence[Word]) -> str | None:
    """Return the name of the flag that the first word is.

    After a single dash, which phones make of two, it is one only with its number: “a calm sea —no wind” is a prompt.
    """
    flag = dashed(unread[0])
    name = flag.name.lower() if flag else ""
    if flag is None or name not in MIDJOURNEY:
        return None
    value = flag.joined or (unread[1].seen if len(unread) > 1 else "")
    numbered = MIDJOURNEY[name] is Takes.NUMBER and _NUMBER.fullmatch(value)
    return name if len(flag.dashes) > 1 or numbered else None


def _flag_and_value(name: str, unread: deque[Word]) -> set[Word]:
    flag = unread.popleft()
    taken = {flag}
    if "=" in flag.seen:
        return taken
    match MIDJOURNEY[name]:
        case Takes.NUMBER if unread and _NUMBER.fullmatch(unread[0].seen):
            taken.add(unread.popleft())
        case Takes.WORDS:
            end = flag.number + 1
            while unread and unread[0].number == end and not _name(unread):
                taken.add(unread.popleft())
                end += 1
    return taken
