"""Which texts are commands, and which are prompts that only look like one."""

import pytest

from bot.core.commands.whole_text import command_in

KNOWN = ("imagine", "help", "quota", "history", "show")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("help", ("help", "")),
        (" Quota \n", ("quota", "")),
        ("ｈｉｓｔｏｒｙ", ("history", "")),
        ("his\u200btory", ("history", "")),
        ("show 1A2B3C4D", ("show", "1a2b3c4d")),
        ("Show  #1a2b3c4d", ("show", "1a2b3c4d")),
        ("show 06613f3d8b6f29dcb51c6b6bca", ("show", "06613f3d8b6f29dcb51c6b6bca")),
    ],
)
def test_a_whole_text_is_a_command(text: str, found: tuple[str, str]) -> None:
    assert command_in(text, KNOWN) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "-- help", "help me", "a quota", "history of a boat", "settings", "imagine", "show", "show horses"),
        *(
            "show 1a2b3c4d now",
            "show 12",
            "show <1a2b3c4d>",
            "show formula1",
            "show deadbeef",
            "helpful",
            "quota.",
            "--help",
        ),
    ],
)
def test_anything_else_is_a_prompt(text: str) -> None:
    assert command_in(text, KNOWN) is None
