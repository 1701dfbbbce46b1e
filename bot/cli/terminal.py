"""What the command line prints: nothing in it turns the terminal's state, or looks like another line."""

import sys
from typing import TextIO

from bot.core.foreign import MARKS, escaped


def say(said: str, *, to: TextIO | None = None) -> None:
    """Print lines. What is one line is passed through `one_line` before."""
    print("\n".join(map(one_line, said.split("\n"))), file=to or sys.stdout, flush=True)


def one_line(said: str) -> str:
    """Return a text that may hold words of others as one line that can be printed, in any language."""
    return escaped(said, but=MARKS)
