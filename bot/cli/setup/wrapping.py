"""Lines broken to the terminal's width: between words, and in Japanese, which has no spaces, between its letters."""

import re
import unicodedata

# No line begins with what closes, nor ends with what opens: https://www.w3.org/TR/jlreq/#characters_not_starting_a_line
_CLOSES = "、。，．）」』】〉》？！・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々"
_OPENS = "（「『【〈《"
_WIDE = rf"(?![{_CLOSES}{_OPENS}])[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]"
_NARROW = r"[^\s\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]+"
# What stays together: a word, one wide letter, or a number and the letter that it counts with.
_UNIT = re.compile(rf"\s+|[{_OPENS}]*(?:{_NARROW}(?<=\d){_WIDE}|{_NARROW}|{_WIDE})[{_CLOSES}]*|[{_OPENS}{_CLOSES}]+")


def wrapped(line: str, width: int) -> str:
    """Return a line as several of at most so many columns, each with its indent. A longer word or link stays whole."""
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    rows, gap = [indent], ""
    for unit in _UNIT.findall(text):
        if unit.isspace():
            gap = unit
            continue
        if rows[-1] != indent and columns(rows[-1] + gap + unit) > width:
            rows.append(indent + unit)
        else:
            rows[-1] += gap + unit
        gap = ""
    return "\n".join(rows)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: most letters of East Asia take two."""
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
