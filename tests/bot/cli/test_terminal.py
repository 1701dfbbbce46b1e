"""What the command line prints: whole where it has to be copied, and never more than text."""

import io

import pytest

from bot.cli.language import spoken
from bot.cli.main import main
from bot.cli.terminal import say
from bot.core.bounds import TEXT_CHARACTERS
from bot.core.language.catalogues import ENGLISH

LINK = "https://api.slack.com/apps?new_app=1&manifest_json=" + "%7B" * 3000


def test_a_link_is_printed_whole_and_nothing_in_it_acts() -> None:
    out = io.StringIO()
    say(f"Open {LINK}\x1b[2J\u202e\ud800", to=out)
    assert out.getvalue() == f"Open {LINK}\\x1b[2J\\u202e\\ud800\n"


def test_letters_of_every_language_and_emoji_stay() -> None:
    out = io.StringIO()
    say("می\u200cخواهم \u200fשלום 紙の船 👩\u200d🎨", to=out)
    assert out.getvalue() == "می\u200cخواهم \u200fשלום 紙の船 👩\u200d🎨\n"


def test_an_error_is_one_line_and_not_too_long() -> None:
    said = spoken(OSError("no room\nok  database: fine" + "x" * 100_000), ENGLISH)
    assert said.startswith("no room\\nok  database: fine")
    assert len(said) == TEXT_CHARACTERS


def test_what_was_typed_does_not_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "\x1b]0;owned\x07"])
    assert capsys.readouterr().err.endswith("unrecognized arguments: \\x1b]0;owned\\x07\n")
