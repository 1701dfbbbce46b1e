"""The flag syntax."""

import pytest

from bot.core.commands import FLAGS
from bot.core.commands.flags import parse_flags
from bot.core.errors import MissingValue, RepeatedOption, UnknownFlag


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a paper boat", {"prompt": "a paper boat"}),
        ("a paper boat --size landscape", {"prompt": "a paper boat", "size": "landscape"}),
        ("--size=1024x1024 a boat", {"prompt": "a boat", "size": "1024x1024"}),
        ("a --n 3 boat", {"prompt": "a boat", "n": "3"}),
        ("a boat —ar 16:9", {"prompt": "a boat", "ar": "16:9"}),
        ("a boat –quality hd", {"prompt": "a boat", "quality": "hd"}),
        ("a boat --output-format webp", {"prompt": "a boat", "output_format": "webp"}),
        ("a boat --MODEL dall-e-2", {"prompt": "a boat", "model": "dall-e-2"}),
        ("a boat — and a gull", {"prompt": "a boat — and a gull"}),
        ("a boat —red as rust", {"prompt": "a boat —red as rust"}),
        ("well-made --n 2", {"prompt": "well-made", "n": "2"}),
        ("a sign -- says --hello", {"prompt": "a sign says --hello"}),
        ("line one\nline two --n 2", {"prompt": "line one\nline two", "n": "2"}),
        ("   ", {"prompt": ""}),
    ],
)
def test_flags_are_told_from_the_prompt(text: str, options: dict[str, str]) -> None:
    assert parse_flags(text, FLAGS) == options


@pytest.mark.parametrize("text", ["a boat --hd", "--foo bar", "a --size- b"])
def test_an_unknown_flag_is_refused(text: str) -> None:
    with pytest.raises(UnknownFlag):
        parse_flags(text, FLAGS)


@pytest.mark.parametrize("text", ["a boat --size", "a boat --size --n 2", "a boat --size= --n 2"])
def test_a_flag_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(MissingValue):
        parse_flags(text, FLAGS)


@pytest.mark.parametrize("text", ["a --n 1 --n 2", "a --size square --ar 16:9", "a --ar 1:1 --size square"])
def test_an_option_given_twice_is_refused(text: str) -> None:
    with pytest.raises(RepeatedOption):
        parse_flags(text, FLAGS)
