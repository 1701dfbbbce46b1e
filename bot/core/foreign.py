"""Text of others: read, cut and cleaned in one place, before it is kept, shown, logged or printed."""

import re

from bot.core.bounds import LINE_CHARACTERS, TEXT_CHARACTERS

MARKS = "\u061c\u200c\u200d\u200e\u200f"
"""Can't be seen, but letters of many languages and emoji are joined and turned by them."""

_LINE_ENDS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
# Control characters; the embeddings, overrides and isolates of right-to-left writing, which turn what follows, too:
# https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters; and what stands for no character.
_SILENT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]")
_HALVES = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile("[^ -~]")
_CUT = "…"
_DIGEST = 16


def cleaned(said: str) -> str:
    """Return a text without what can't be seen and without halves of characters, which nothing can store or send."""
    if said.isprintable():
        return said
    return _HALVES.sub("?", _SILENT.sub("", _LINE_ENDS.sub("\n", said)))


def text(said: object, most: int = TEXT_CHARACTERS) -> str:
    """Return a text, which may have several lines, without more than `most` characters; empty if it isn't a text."""
    return _cut(cleaned(_as_text(said, most)).strip(), most)


def shown(said: str, most: int = TEXT_CHARACTERS) -> str:
    """Return a text as it is shown, with the white space around it, and no longer than `most` characters."""
    return said if said.isprintable() and len(said) <= most else _cut(cleaned(_as_text(said, most)), most)


def line(said: object, most: int = LINE_CHARACTERS) -> str:
    """Return a text on one line, no longer than `most` characters: a name, a word; empty if it isn't a text."""
    if isinstance(said, str) and len(said) <= most and said.isprintable() and said == said.strip():
        return said  # nearly always
    whole = _as_text(said, most)
    return _cut(" ".join(cleaned(whole).split()), most)


def key(said: object, most: int = LINE_CHARACTERS) -> str:
    """Return an identifier of others. Two that differ stay different, no matter how odd or long they are."""
    whole = said if isinstance(said, str) else _as_text(said, most)
    if whole.isprintable() and len(whole) <= most:
        return whole
    from hashlib import sha256  # its import takes a while, and few keys are so long

    digest = sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{escaped(whole[:most])[: most - _DIGEST - 1]}~{digest}"


def exact(said: object, most: int = LINE_CHARACTERS) -> str:
    """Return what is of use only unchanged, such as a URL or a model's name; empty if it is odd or too long."""
    whole = said.strip() if isinstance(said, str) else ""
    return whole if whole.isprintable() and len(whole) <= most else ""


def put(value: object, **fields: object) -> None:
    """Put what was read of others' text into the fields of a frozen value, while it is made."""
    for name, read in fields.items():
        object.__setattr__(value, name, read)


def escaped(said: str, but: str = "") -> str:
    """Return a text on one line, with an escape in place of each character that isn't printable, `but` for these."""
    if said.isprintable():
        return said
    return _NOT_ASCII.sub(lambda odd: odd[0] if odd[0].isprintable() or odd[0] in but else _escape(odd[0]), said)


def in_bytes(said: str, most: int) -> str:
    """Return the beginning of a text that takes at most so many bytes on the wire, as UTF-8."""
    return said[:most].encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def cut_in_bytes(said: str, most: int) -> str:
    """Return a text that takes at most so many bytes; one that is cut ends with `…`."""
    kept = in_bytes(said, most)
    return kept if kept == said else in_bytes(said, most - len(_CUT.encode())) + _CUT


def _as_text(said: object, most: int) -> str:
    """Return what was said as a text, not much longer than is needed: megabytes are cut before they are looked at."""
    if isinstance(said, str):
        return said[: 4 * most]
    return str(said) if isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < 1e300 else ""


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1].rstrip() + _CUT


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
