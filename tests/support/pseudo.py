"""A pseudo-locale: English in brackets, with accents, and longer. A text that doesn't look so was never translated.

https://learn.microsoft.com/globalization/methodology/pseudolocalization
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from string import ascii_letters

from babel.messages.pofile import write_po

from tests.support.catalogues import template
from tests.support.messages import Written, parts

LOCALE = "eo"
"""A language that Babel knows, and the bot does not speak."""
_ACCENTED = "àƀçďéƒĝĥîĵķļɱñôþɋŕšţûṽŵẋýžÀƁÇĎÉƑĜĤÎĴĶĻṀÑÔÞɊŔŠŢÛṼŴẊÝŽ"
_ACCENTS = str.maketrans(ascii_letters, _ACCENTED)
_PLAIN = str.maketrans(_ACCENTED, ascii_letters)
_START, _PADDING, _END = "[!!! ", "¤", " !!!]"
_LONGER = 0.4


def pseudo(english: str) -> str:
    """Return a message in the pseudo-locale, at least 40 % longer; its placeholders stay as they are."""
    accented = "".join(text.translate(_ACCENTS) + (f"{{{name}}}" if name else "") for text, name in parts(english))
    return f"{_START}{accented} {_PADDING * max(1, math.ceil(_LONGER * len(english)))}{_END}"


def plain(shown: str) -> str:
    """Return what the pseudo-locale shows as the English that it was, as far as it was not cut off."""
    bare = re.sub(rf" ?{_PADDING}*{re.escape(_END)}| {_PADDING}+", "", shown.replace(_START, ""))
    return bare.translate(_PLAIN)


def english_words(shown: str) -> set[str]:
    """Return the words of a text that are not in the pseudo-locale; addresses, marks and placeholders don't count."""
    return set(re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://\S+|<[^<>]*>|\{\w+\}|#[0-9A-F]{8}", "", shown)))


def write(folder: Path, written: Iterable[Written]) -> None:
    """Write the pseudo-locale's catalogue of all messages."""
    catalogue = template(written)
    catalogue.locale = LOCALE
    for entry in catalogue:
        if entry.id:
            forms = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
            said = tuple(pseudo(str(form)) for form in forms)
            entry.string = said if len(said) > 1 else said[0]
    with (folder / f"{LOCALE}.po").open("wb") as file:
        write_po(file, catalogue)
