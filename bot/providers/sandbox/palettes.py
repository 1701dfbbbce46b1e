"""Colours that go together, from the top of the sky down to what is nearest."""

import random
import re
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One light: `sky` from the zenith to the horizon, `near` what stands before it, `glow` the sun or the moon."""

    sky: tuple[Colour, ...]
    glow: Colour
    far: Colour
    near: Colour
    accent: Colour
    dark: bool = False


def _colour(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _palette(sky: str, *, glow: str, far: str, near: str, accent: str, dark: bool = False) -> Palette:
    return Palette(
        sky=tuple(map(_colour, sky.split())),
        glow=_colour(glow),
        far=_colour(far),
        near=_colour(near),
        accent=_colour(accent),
        dark=dark,
    )


_DUSK = _palette("1d1f56 5b2f8c c4517f f58b6a ffd08a", glow="fff0c4", far="a4557f", near="1b1238", accent="ff7a59")
_DAWN = _palette("3d6fb0 7fb0dc c4dcea ffe3cc ffd1b0", glow="fff6df", far="9db7cf", near="24405c", accent="ef6f6c")
_NIGHT = _palette(
    "040919 0a1638 17306a 345a9c 7d9fd0", glow="f6f2df", far="33528c", near="050b1e", accent="ffc857", dark=True
)
_LAGOON = _palette("0c4a60 1f8a91 6cc5b4 c7ebcf fff4d0", glow="fffbe6", far="5fae9f", near="07323f", accent="ff9f68")
_EMBER = _palette("26091f 6d1636 c43a33 f2803c ffd27a", glow="fff0b8", far="96303a", near="1a0716", accent="ffb347")
_LILAC = _palette("2f2763 6b57ae b18ad4 efbfdd ffe6df", glow="fff5ee", far="8f74b8", near="221a4a", accent="ff8fa3")

_ALL = (_DUSK, _DAWN, _NIGHT, _LAGOON, _EMBER, _LILAC)

_WORDS = (
    ("night midnight moon stars moonlit", _NIGHT),
    ("dusk sunset evening", _DUSK),
    ("dawn sunrise morning winter snow ice", _DAWN),
    ("lagoon tropical jungle green turquoise underwater summer", _LAGOON),
    ("fire ember desert volcano autumn red", _EMBER),
    ("lilac lavender pink purple dream spring", _LILAC),
)


def choose_palette(prompt: str, rng: random.Random) -> Palette:
    """Pick by the prompt's words, else by chance."""
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    return next((palette for names, palette in _WORDS if words & set(names.split())), rng.choice(_ALL))


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Go `part` of the way from one colour to the other."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue
