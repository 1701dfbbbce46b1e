"""Takes the prompt out of what a gateway says: people's words must cause nothing, and must reach no log."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

# So many letters of a prompt in a row count as a quotation, even if the rest of it was cut off. In a script whose signs
# are syllables or words, fewer letters do.
_LETTERS, _SIGNS = 8, 3
_FIRST_SIGN = "\u2e80"
_CUT = "…"
# As in JSON, in a Python or C string, in an address and in HTML, each also when it was escaped twice.
_ESCAPE = re.compile(
    r"\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}|.)|(?:%(?:25)*[0-9a-f]{2})+|&#?\w{1,8};", re.IGNORECASE | re.DOTALL
)


def without(said: str, prompt: str) -> str:
    """Return a message with every quotation of the prompt replaced: whole, cut, escaped, or spaced otherwise."""
    letters, places = _placed(said)
    wanted = _letters(_ESCAPE.sub(_unescaped, prompt))
    quoted = [False] * len(said)
    for start, length in _runs(letters, wanted):
        begin, end = places[start][0], places[start + length - 1][1]
        if len(wanted) >= _LETTERS or _is_apart(said, begin, end):
            quoted[begin:end] = [True] * (end - begin)
    return _replaced(said, quoted)


def _letters(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _placed(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the letters and digits of a text without its escapes, and where each begins and ends in it."""
    found: list[tuple[str, tuple[int, int]]] = []
    at = 0
    for escape in (*_ESCAPE.finditer(text), None):
        end = escape.start() if escape else len(text)
        found += ((letter, (place, place + 1)) for place in range(at, end) for letter in _letters(text[place]))
        if escape:
            found += ((letter, escape.span()) for letter in _letters(_unescaped(escape)))
            at = escape.end()
    return "".join(letter for letter, _ in found), [place for _, place in found]


def _unescaped(escape: re.Match[str]) -> str:
    """Return what an escape stands for; what stands for no letter counts as nothing."""
    text = escape[0]
    if text.startswith("&"):
        return html.unescape(text)
    if text.startswith("%"):
        return unquote(re.sub("%(25)+", "%", text, flags=re.IGNORECASE), errors="ignore")
    code = text.lstrip("\\")
    return chr(int(code[1:], 16)) if len(code) > 1 else ""


def _runs(letters: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Yield where a message has a piece of the prompt that is long enough, or all of a short prompt."""
    for size in (_LETTERS, _SIGNS) if wanted else ():
        length = min(size, len(wanted))
        pieces = {wanted[start : start + length] for start in range(len(wanted) - length + 1)}
        for start in range(len(letters) - length + 1):
            piece = letters[start : start + length]
            if piece in pieces and (length in {_LETTERS, len(wanted)} or min(piece) >= _FIRST_SIGN):
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
