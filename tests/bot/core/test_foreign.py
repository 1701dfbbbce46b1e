"""Text of others: what is left of it is clean, no longer than it may be, and the same when it is read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import foreign
from bot.core.bounds import LINE_CHARACTERS, TEXT_CHARACTERS
from bot.core.foreign import in_bytes

ODD = st.text(max_size=300) | st.text("\ud800\udfff\x00\x1b\x7f\x85\u2028\u202e\r\n\t a\u0301…~", max_size=300)
READERS = [foreign.text, foreign.line, foreign.key, foreign.exact, foreign.shown, foreign.cleaned]


@given(st.text(max_size=300), st.integers(0, 400))
def test_the_beginning_in_bytes_is_a_beginning_and_no_shorter_than_it_has_to_be(text: str, most: int) -> None:
    kept = in_bytes(text, most)
    assert text.startswith(kept)
    assert len(kept.encode()) <= most
    assert kept == text or len(text[: len(kept) + 1].encode()) > most


@given(ODD, st.integers(10, 400))
def test_a_text_that_is_cut_to_bytes_says_so(text: str, most: int) -> None:
    kept = foreign.cut_in_bytes(foreign.cleaned(text), most)
    assert len(kept.encode()) <= most
    assert kept == foreign.cleaned(text) or kept.endswith("…")


@given(ODD)
def test_what_was_read_once_stays_as_it_is(text: str) -> None:
    for read in READERS:
        assert read(read(text)) == read(text), read.__name__


@given(ODD)
def test_nothing_that_is_read_can_not_be_stored_or_sent(text: str) -> None:
    for read in READERS:
        assert not set(read(text)) & set("\0\x1b\x7f\x85\u2028\u202e\ud800\udfff"), read.__name__
        read(text).encode()
    assert "\n" not in foreign.line(text) + foreign.key(text) + foreign.exact(text)
    assert foreign.escaped(text).isprintable()


@given(ODD, ODD)
def test_what_identifies_two_things_stays_different(one: str, other: str) -> None:
    assert (foreign.key(one) == foreign.key(other)) == (one == other)
    assert (foreign.key("x" * 5000 + one) == foreign.key("x" * 5000 + other)) == (one == other)


@pytest.mark.parametrize(
    "plain", ["ada", "#design", "imagine:again", "紙の船", "Zoë O’Neill", "a boat 🛶", "slack:T1:U1"]
)
def test_what_is_plain_is_the_same_text(plain: str) -> None:
    assert all(read(plain) is plain for read in (foreign.line, foreign.key, foreign.shown, foreign.cleaned))


@pytest.mark.parametrize("odd", [None, {}, [], ["a"], {"a": 1}, True, float("nan"), float("inf"), b"a", 10**400])
def test_a_value_that_is_no_text_counts_as_missing(odd: object) -> None:
    assert foreign.text(odd) == foreign.line(odd) == foreign.exact(odd) == ""


@pytest.mark.parametrize("typed", ["  a boat", "a boat ", " a \t boat\n"])
def test_a_line_has_no_spaces_around_it_and_single_ones_in_it(typed: str) -> None:
    assert foreign.line(typed) == "a boat"


def test_lengths() -> None:
    assert len(foreign.line("x" * 5000)) == len(foreign.key("x" * 5000)) == LINE_CHARACTERS
    assert len(foreign.text("x" * 5000)) == TEXT_CHARACTERS
    assert foreign.exact("x" * 5000) == ""
    assert foreign.line(42) == "42"
    assert foreign.text("one\r\n\r\ntwo\u2028three\x85") == "one\n\ntwo\nthree"
