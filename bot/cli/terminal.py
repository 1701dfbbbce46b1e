"""What the command line prints: nothing in it turns the terminal's state, or looks like another line."""

import sys
from collections.abc import Mapping
from typing import TextIO

from bot.core.bounds import TEXT_CHARACTERS
from bot.core.foreign import MARKS, escaped

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def say(said: str, *, to: TextIO | None = None, before: str = "") -> None:
    """Print lines, each cleaned. A text that must stay one line goes through `one_line` first; `before` is safe."""
    print(before + "\n".join(map(one_line, said.split("\n"))), file=to or sys.stdout, flush=True)


def sign(*, ok: bool, environment: Mapping[str, str]) -> str:
    """Return how a check is marked: for people at a terminal by a sign, in colour unless NO_COLOR is set.

    Scripts look for `FAIL`, so it is the same in every language.
    """
    if not sys.stdout.isatty():
        return "ok    " if ok else "FAIL  "
    shape = "✓" if ok else "✗"
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return f"{shape} "
    return f"{_GREEN if ok else _RED}{shape}{_PLAIN} "


def one_line(said: str) -> str:
    """Return a text as one line that can be printed, in any language. It is whole: half a link is of no use."""
    return escaped(said, but=MARKS)


def told(said: str) -> str:
    """Return what an error or a check says, which may be what others said, as one line that is not too long."""
    return one_line(said[:TEXT_CHARACTERS])[:TEXT_CHARACTERS]
