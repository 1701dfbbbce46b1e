"""Reads a `.po` file: what is translated, and which plural a number takes. Babel reads more, in four times the time.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py

_CHARSET = re.compile(rb"charset=([\w.-]+)")
_PLURAL = re.compile(r"^Plural-Forms:.*?\bplural=([^;\n]+)", re.MULTILINE | re.IGNORECASE)
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d+\])\s+|)"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
_FIRST = ("msgctxt", "msgid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translations:
    """What a file translates. `plural` chooses the form for a number; None if the file doesn't say how."""

    said: Mapping[str, str]
    counted: Mapping[str, tuple[str, ...]]
    """All forms of a sentence that depends on a number, by its singular."""
    plural: Callable[[int], int] | None


def read_po(data: bytes) -> Translations:
    """Read a file. What is fuzzy, empty or obsolete, or has a context, isn't translated. Raises ValueError."""
    named = _CHARSET.search(data)
    text = data.decode(named[1].decode() if named and named[1] != b"CHARSET" else "utf-8")
    said: dict[str, str] = {}
    counted: dict[str, tuple[str, ...]] = {}
    header = ""
    for entry, fuzzy in _entries(text):
        if entry.get("msgid") == "" and "msgctxt" not in entry:
            header = entry.get("msgstr", "")
        elif not fuzzy and "msgctxt" not in entry:
            forms = tuple(entry[name] for name in entry if name.startswith("msgstr"))
            if "msgid_plural" in entry and all(forms):
                counted[entry["msgid"]] = forms
            elif all(forms):
                said[entry["msgid"]] = forms[0]
    named_plural = _PLURAL.search(header)
    return Translations(said=said, counted=counted, plural=c2py(named_plural[1].strip()) if named_plural else None)


def _entries(text: str) -> Iterator[tuple[Mapping[str, str], bool]]:
    """Yield each entry, its strings by their keywords, and whether it is fuzzy."""
    entry: dict[str, str] = {}
    name, fuzzy, next_fuzzy = "", False, False
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#"):
            next_fuzzy = (next_fuzzy or (line.startswith("#,") and "fuzzy" in line)) and not line.startswith("#~")
            continue
        found = _LINE.fullmatch(line)
        if found is None or not (found[1] or name):
            raise ValueError(f"line {number} is not as in a .po file")
        if found[1] in _FIRST and any(each.startswith("msgstr") for each in entry):
            yield entry, fuzzy
            entry, fuzzy = {}, False
        if found[1]:
            name, fuzzy, next_fuzzy = found[1], fuzzy or next_fuzzy, False
            if name in entry:
                raise ValueError(f"line {number} has {name} once more")
            entry[name] = ""
        entry[name] += _ESCAPED.sub(lambda letter: _LETTERS.get(letter[1], letter[1]), found[2])
    if entry:
        if "msgid" not in entry or "msgstr" not in "".join(entry):
            raise ValueError("the file ends within an entry")
        yield entry, fuzzy
