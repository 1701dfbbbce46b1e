"""Turn Slack's names of emoji back into characters: a command's text has `:fox_face:` where 🦊 was typed."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# https://docs.slack.dev/messaging/formatting-message-text: `:wave::skin-tone-3:` is one emoji.
# Where there are two people in it, there may be two tones: the first one is kept.
_NAMED = re.compile(r":(?P<name>[a-z0-9_+-]+):(?::skin-tone-(?P<tone>[2-6])(?:-[2-6])?:)?")
_WORD_SO_FAR = re.compile(r"\S+\Z")
_FIRST_TONE, _FIRST_NUMBER = 0x1F3FB, 2
_COLOURED = "\ufe0f"
_SHORT = 3


def characters(text: str) -> str:
    """Return the text with the standard names as characters. Names of a workspace's own emoji stay."""
    return _NAMED.sub(_emoji, text)


def _emoji(named: re.Match[str]) -> str:
    emoji = _names().get(named["name"])
    if emoji is None or _is_something_else(named):
        return named[0]
    if not named["tone"]:
        return emoji
    tone = chr(_FIRST_TONE + int(named["tone"]) - _FIRST_NUMBER)
    return emoji[0] + tone + emoji[1:].removeprefix(_COLOURED)


def _is_something_else(named: re.Match[str]) -> bool:
    """Return whether it is rather a part of an address, or of something like `1:100:5` or `a:b:c`."""
    word = _WORD_SO_FAR.search(named.string[: named.start()])
    led, after = word[0] if word else "", named.string[named.end() :][:1]
    if led.endswith("/") or "://" in led:
        return True
    joined = any(each.isascii() and each.isalnum() for each in (led[-1:], after))
    return joined and (len(named["name"]) < _SHORT or named["name"].isdigit())


@cache
def _names() -> Mapping[str, str]:
    """Read the table when the first name is met: few texts have one."""
    table = (Path(__file__).parent / "emoji.txt").read_text("utf-8")
    rows = (line.split(" ") for line in table.splitlines() if not line.startswith("//"))
    return {name: emoji for emoji, *names in rows for name in names}
