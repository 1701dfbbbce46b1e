"""Text as bytes count it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.foreign import in_bytes


@given(st.text(max_size=300), st.integers(0, 400))
def test_the_beginning_in_bytes_is_a_beginning_and_no_shorter_than_it_has_to_be(text: str, most: int) -> None:
    kept = in_bytes(text, most)
    assert text.startswith(kept)
    assert len(kept.encode()) <= most
    assert kept == text or len(text[: len(kept) + 1].encode()) > most
