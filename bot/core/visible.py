"""Text as people see it: the same letters in any encoding, and nothing that can't be seen."""

import unicodedata
from collections.abc import Set
from functools import cache
from itertools import dropwhile

# Default_Ignorable_Code_Point of Unicode 17.0: https://www.unicode.org/Public/17.0.0/ucd/DerivedCoreProperties.txt
_DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Control characters that aren't white space, and characters that enclose annotations.
_SILENT = ((0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xFFF9, 0xFFFB))
# Unicode calls it a symbol, but there is nothing to see.
_BRAILLE_BLANK = "\u2800"
_MINUS = "\u2212"


def visible(text: str) -> str:
    """Return the text as it is seen: full-width letters and the like as the plain ones, nothing that is invisible.

    It is for recognising words, not for drawing: many an emoji consists of others and of invisible joiners.
    """
    if text.isascii() and text.isprintable():
        return text
    unseen = _unseen()
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char not in unseen)


@cache
def _unseen() -> Set[str]:
    return {chr(code) for first, last in (*_DEFAULT_IGNORABLE, *_SILENT) for code in range(first, last + 1)}


def is_blank(text: str) -> bool:
    """Return whether there is nothing to see."""
    return all(char.isspace() or char == _BRAILLE_BLANK for char in visible(text))


def is_dash(char: str) -> bool:
    """Return whether it is a dash of any kind, or a minus."""
    return char == _MINUS or unicodedata.category(char) == "Pd"


def without_dashes(text: str) -> str:
    """Return the words of a text without the dashes before them: in a prompt they aren't flags."""
    words = ("".join(dropwhile(is_dash, word)) for word in visible(text).split())
    return " ".join(filter(None, words))
