"""Lines of the set-up, broken to the terminal's width, in words and in Japanese."""

import textwrap

import pytest

from bot.cli.setup.wrapping import wrapped

LINK = "https://discord.com/oauth2/authorize?client_id=900000000000000001&scope=bot"
JAPANESE = (
    "   （同じ設定は ./slack-manifest.json にもあります。Slack に空の入力欄が出たら「From a manifest」を選び、"
    "1人が1日に描けるのは20枚です。ボットのトークンを貼り付けてください。）"
)


@pytest.mark.parametrize("width", [20, 39, 79])
@pytest.mark.parametrize(
    "line", ["", "  Only its members may draw there, by day and by night.", f"  c) Open  {LINK}  → Create"]
)
def test_words_are_broken_as_textwrap_breaks_them(line: str, width: int) -> None:
    indent = line[: len(line) - len(line.lstrip())]
    whole = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    assert wrapped(line, width) == "\n".join(whole)


def test_japanese_fills_its_lines() -> None:
    for width in range(24, 100):
        rows = wrapped(JAPANESE, width).split("\n")
        assert all(shown(row) <= width for row in rows)
        assert all(shown(row) > width - 22 for row in rows[:-1])  # the longest word takes 22
        assert all(row.startswith("   ") and row[3] not in "、。）」ー " and row[-1] not in "（「" for row in rows)
        assert "".join("".join(row.split()) for row in rows) == "".join(JAPANESE.split())
        assert "20枚" in "".join(row.strip() + "|" for row in rows)


def shown(row: str) -> int:
    return sum(2 if letter >= "\u3000" else 1 for letter in row)
