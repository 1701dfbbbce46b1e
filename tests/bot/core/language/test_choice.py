"""Whose language is spoken: the person's own choice, then the platform's, then English."""

from collections.abc import Mapping

import pytest

from bot.core.language import locale_for


@pytest.mark.parametrize(
    ("settings", "platform", "spoken"),
    [
        ({"language": "eo"}, "ja-JP", "eo"),
        ({"language": "eo"}, "", "eo"),
        ({}, "ja-JP", "ja-JP"),
        ({"language": ""}, "ja-JP", "ja-JP"),
        ({"language": None}, "ja-JP", "ja-JP"),
        ({"language": ["eo"], "another": "eo"}, "ja-JP", "ja-JP"),
        ({}, "", "en"),
    ],
)
def test_the_first_that_is_known_is_spoken(settings: Mapping[str, object], platform: str, spoken: str) -> None:
    assert locale_for(settings, platform) == spoken
