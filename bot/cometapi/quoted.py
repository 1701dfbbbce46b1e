"""Takes the prompt out of what a gateway says: people's words must cause nothing, and must reach no log."""

import html
import json
from collections.abc import Iterator
from urllib.parse import quote

# So many letters of a prompt in a row are a quotation of it, however the rest was cut off. Of a script whose signs are
# syllables or words, fewer are.
_LETTERS, _SIGNS = 8, 3
_FIRST_SIGN = "\u2e80"
_CUT = "…"


def without(said: str, prompt: str) -> str:
    """Return a message with every quotation of the prompt replaced: whole, cut, escaped, or spaced otherwise."""
    letters, places = _letters(said)
    quoted = [False] * len(said)
    for variant in _variants(prompt):
        for start, length in _runs(letters, variant):
            begin, end = places[start], places[start + length - 1] + 1
            if len(variant) >= _LETTERS or _is_apart(said, begin, end):
                quoted[begin:end] = [True] * (end - begin)
    return _replaced(said, quoted)


def _variants(prompt: str) -> set[str]:
    """Return the prompt's letters as they are after each way of escaping that gateways have."""
    escaped = json.dumps(prompt)
    ways = (
        prompt,
        escaped,
        json.dumps(escaped),
        json.dumps(prompt, ensure_ascii=False),
        repr(prompt),
        html.escape(prompt),
        quote(prompt, errors="replace"),
    )
    return {_letters(way)[0] for way in ways} - {""}


def _letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text in lower case, and where each stands in it."""
    found = [(letter, place) for place, sign in enumerate(text) if sign.isalnum() for letter in sign.casefold()]
    return "".join(letter for letter, _ in found), [place for _, place in found]


def _runs(letters: str, variant: str) -> Iterator[tuple[int, int]]:
    """Yield where a message has a piece of the prompt that is long enough, or all of a short prompt."""
    for size in (_LETTERS, _SIGNS):
        length = min(size, len(variant))
        pieces = {variant[start : start + length] for start in range(len(variant) - length + 1)}
        for start in range(len(letters) - length + 1):
            piece = letters[start : start + length]
            if piece in pieces and (length in {_LETTERS, len(variant)} or min(piece) >= _FIRST_SIGN):
                yield start, length


def _is_apart(said: str, begin: int, end: int) -> bool:
    """Return whether a short prompt stands for itself, and isn't a part of some longer word."""
    if said[begin] >= _FIRST_SIGN:
        return True
    return not (said[begin - 1 : begin].isalnum() or said[end : end + 1].isalnum())


def _replaced(said: str, quoted: list[bool]) -> str:
    kept = [
        _CUT if is_quoted else sign
        for place, (sign, is_quoted) in enumerate(zip(said, quoted, strict=True))
        if not (is_quoted and place and quoted[place - 1])
    ]
    return "".join(kept)
