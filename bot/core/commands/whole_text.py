"""Commands in place of a prompt, where a chat has one way to speak to the bot: `help`, `quota`, `show 1A2B3C4D`.

The whole text has to be one, so that no prompt is lost that only begins so. After a lone `--` it is drawn.
"""

import re
from collections.abc import Container

from bot.core.visible import visible

_ALONE = frozenset({"help", "quota", "history", "settings"})
_WITH_ID = frozenset({"show"})
_ID = re.compile(r"#[0-9a-f]{8,32}|(?=.*[0-9])[0-9a-f]{8,32}")
"""A number or a whole id; without a `#` one that isn't a word."""


def command_in(text: str, known: Container[str]) -> tuple[str, str] | None:
    """Return the command that a whole text is, and what follows its name; None if it is a prompt.

    `known` are the commands that there are.
    """
    match visible(text).strip().lower().split():
        case [name] if name in _ALONE and name in known:
            return name, ""
        case [name, argument] if name in _WITH_ID and name in known and _ID.fullmatch(argument):
            return name, argument.removeprefix("#")
        case _:
            return None
