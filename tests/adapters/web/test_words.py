"""Every word that the page and its refusals ask for is there, and each of them is asked for."""

import re
from pathlib import Path

from adapters.web.access import Denial
from adapters.web.page import STATIC
from adapters.web.words import refusal, words
from bot.core.language.catalogues import Catalogues
from bot.core.replies import plain

ENGLISH = Catalogues().speak("en")
FILLED_ELSEWHERE = {"tag", "direction", "languages"}  # the page's own language, and the switch
SERVED_ELSEWHERE = {"you", "language"}  # the visitor's name, and the switch


def found(pattern: str, *paths: Path) -> set[str]:
    return {key for path in paths for key in re.findall(pattern, path.read_text("utf-8"))}


def test_the_page_and_its_script_use_exactly_the_words_that_there_are() -> None:
    html = found(r"\{\{(\w+)\}\}", STATIC / "index.html") - FILLED_ELSEWHERE
    script = found(r'\bsay\("(\w+)"', *STATIC.glob("js/*.js"))
    assert html | script | SERVED_ELSEWHERE == set(words(ENGLISH))


def test_only_words_of_the_script_are_left_to_be_filled() -> None:
    open_words = {key for key, word in words(ENGLISH).items() if "{" in word}
    assert open_words == found(r'\bsay\("(\w+)", \{', *STATIC.glob("js/*.js"))


def test_every_reason_has_a_sentence() -> None:
    sources = tuple(STATIC.parent.glob("*.py"))
    reasons = found(r'\b(?:BadBody|Wrong)\("(\w+)"', *sources) | set(Denial)
    assert len(reasons) > 8
    for reason in reasons:
        assert plain((refusal(ENGLISH, reason),)).endswith("." if reason not in {"not_json", "bad_options"} else "}.")
