"""Text that a stranger may send: control characters, line ends, escapes, halves of characters, and lengths."""

import random
from collections.abc import Iterator

_FORGED = "\n2026-11-27 12:00:00,000 ERROR   bot.core: the image gateway refuses all work"
_PIECES = (
    *map(chr, (*range(0x20), *range(0x7F, 0xA0))),
    *("\r\n", "\u2028", "\u2029", "\ufeff", "\ufffe", "\u202e", "\u2066", "\u200d", "\u200b", "\U000e0041"),
    *("\ud800", "\udfff", "\udc80", "é", "²", "紙の船", "\U0001f6f6", "\u0301" * 40, "\U0010ffff", "\xa0", "\u3000"),
    *("\x1b[2J\x1b[1;1H", "\x1b]0;owned\x07", "\x1b]8;;https://evil.example\x1b\\", "\x9b31m", "\x1bc", "\r\x1b[K"),
    *(_FORGED, '", "level": "error", "message": "', "\\", "\\n", '"', "'", "%s", "%(message)s", "{0}", "{}", "%00"),
    *("<script>", "<!channel>", "<@U1>", "@everyone", "`", "*", "nan", "inf", "-1", "9" * 30, "null", "../", "$(id)"),
    *("a paper boat", "--size", "imagine:again:", "A" * 300),
)
_LENGTHS = (0, 1, 2, 3, 5, 8, 20, 50)


def hostile(number: int, seed: int = 16) -> Iterator[str]:
    """Yield so many texts, the same ones for the same seed. About one in a hundred is long."""
    chance = random.Random(seed)
    for index in range(number):
        pieces = chance.choices(_PIECES, k=chance.choice(_LENGTHS))
        yield "".join(pieces) * (60 if index % 100 == 99 else 1)
