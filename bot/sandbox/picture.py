"""Draws the sandbox's pictures: a paper boat on a lake in front of hills, in a light that fits the prompt."""

import hashlib
import io
import math
import random
import re
import textwrap
import unicodedata
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, ...]

# Words that choose a light, and its colours: the sky's from the zenith down, the sun's or the moon's, the near hills'.
_LIGHTS = {
    "night midnight moon moonlit stars space neon": "040919 0a1638 17306a 345a9c 8fb0dc f6f2df 050b1e",
    "dusk sunset evening beach": "1d1f56 5b2f8c c4517f f58b6a ffd08a fff0c4 1b1238",
    "dawn sunrise morning winter snow": "3d6fb0 7fb0dc c4dcea ffe3cc ffd1b0 fff6df 24405c",
    "lagoon jungle forest green summer": "0c4a60 1f8a91 6cc5b4 c7ebcf fff4d0 fffbe6 07323f",
    "fire ember desert autumn red": "26091f 6d1636 c43a33 f2803c ffd27a fff0b8 1a0716",
    "lilac lavender pink purple spring": "2f2763 6b57ae b18ad4 efbfdd ffe6df fff5ee 221a4a",
}
# Characters that the font lacks and that normalisation doesn't change.
_SPELLINGS = str.maketrans({**dict(zip("–—×øØłŁđı", "--xoOlLdi", strict=True)), "ß": "ss", "æ": "ae", "Æ": "Ae"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that a picture depends on: the same values give the same picture. The size is in pixels."""

    prompt: str = field(repr=False)
    model: str
    width: int
    height: int
    index: int = 0
    output_format: str = "png"
    transparent: bool = False
    marked: bool = False
    """Whether it bears a vendor's visible mark."""


def draw(picture: Picture) -> bytes:
    """Draw and encode a picture. This takes some tenths of a second of CPU time, and more for a large one."""
    seed = hashlib.sha256(f"{picture.model}\n{picture.index}\n{picture.prompt}".encode()).digest()
    image = _painted(picture, random.Random(seed))  # noqa: S311  (a picture, not a secret)
    label = f"Sandbox test picture  ·  {picture.model}  ·  {picture.width}x{picture.height}"
    _put_caption(image, _drawable(picture.prompt), label)
    if picture.marked:
        size = min(image.size) / 24
        corner = (image.width - size, image.height - size)
        ImageDraw.Draw(image).text(corner, "AI generated", (255, 255, 255), ImageFont.load_default(size), "rd")
    if picture.transparent:
        card, edge = Image.new("L", image.size), min(image.size) / 60
        ImageDraw.Draw(card).rounded_rectangle((edge, edge, image.width - edge, image.height - edge), edge * 5, 255)
        image.putalpha(card)
    file = io.BytesIO()
    image.save(file, picture.output_format, compress_level=4, quality=90, method=2)
    return file.getvalue()


def _painted(picture: Picture, rng: random.Random) -> Image.Image:
    """Paint the scene at twice its size, but within 3072 pixels, and scale it down, which smooths all edges."""
    words = set(re.findall(r"[a-z]+", picture.prompt.lower()))
    lights = [light for names, light in _LIGHTS.items() if words & set(names.split())] or [*_LIGHTS.values()]
    *sky, glow, near = (tuple(bytes.fromhex(colour)) for colour in rng.choice(lights).split())
    scale = min(2, 3072 / max(picture.width, picture.height))
    image = Image.new("RGB", (round(picture.width * scale), round(picture.height * scale)), sky[-1])
    shore = round(image.height * rng.uniform(0.56, 0.62))
    _paint_sky(image, round(shore * 0.9), sky, glow, rng)
    _paint_hills(image, shore, sky, near, rng)
    _paint_lake(image, shore, _gradient((image.width, image.height - shore), sky[2], near), rng)
    _paint_boat(image, shore, _mix((255, 255, 255), glow, 0.5), near, rng)
    return image.resize((picture.width, picture.height), Image.Resampling.BILINEAR)


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    """Return the colour that is `part` of the way from one to the other."""
    return tuple(round(a + (b - a) * part) for a, b in zip(one, other, strict=True))


def _gradient(size: tuple[int, int], *colours: Colour) -> Image.Image:
    """Return a vertical gradient. Half a stop is cut off at both ends, so that the outer colours are at the edges."""
    strip = Image.frombytes("RGB", (1, len(colours)), bytes(value for colour in colours for value in colour))
    return strip.resize((1, size[1]), Image.Resampling.BICUBIC, (0, 0.5, 1, len(colours) - 0.5)).resize(
        size, Image.Resampling.NEAREST
    )


def _paint_sky(image: Image.Image, bottom: int, sky: list[Colour], glow: Colour, rng: random.Random) -> None:
    """Paint the sky, stars if it is dark, and the sun or the moon with the light around it."""
    image.paste(_gradient((image.width, bottom), *sky))
    pen, unit = ImageDraw.Draw(image, "RGBA"), min(image.size) / 1000
    for _ in range(300 if sum(sky[1]) < 120 else 0):
        x, y, radius = rng.uniform(0, image.width), rng.uniform(0, bottom), unit * rng.choice((0.6, 0.8, 1, 1.6))
        pen.circle((x, y), radius, fill=(255, 252, 240, round(230 * (1 - y / bottom))))
    x, y, radius = image.width * rng.uniform(0.25, 0.75), bottom * rng.uniform(0.5, 0.75), unit * rng.uniform(48, 68)
    # Pillow's gradient reaches 255 in the corners only; in the middle of an edge it is 181.
    halo = Image.radial_gradient("L").point(lambda value: round(max(0.0, 1 - value / 180) ** 2 * 120))
    for side in (round(radius * 16), round(radius * 6)):
        image.paste(glow, (round(x - side / 2), round(y - side / 2)), halo.resize((side, side)))
    pen.circle((x, y), radius, fill=glow)


def _paint_hills(image: Image.Image, shore: int, sky: list[Colour], near: Colour, rng: random.Random) -> None:
    """Paint layers of hills: far ones high and hazy, near ones low and dark, each a sum of sines."""
    unit, xs = min(image.size) / 1000, range(0, image.width + 4, 4)
    for nearness in (0, 0.25, 0.5, 0.75, 1):
        top, relief = shore - round(unit * (340 - 285 * nearness)), unit * (150 - 125 * nearness)
        waves = [(0.5**at, rng.uniform(1.8, 3.2) * 2**at / unit / 1000, rng.uniform(0, math.tau)) for at in range(5)]
        line = [(x, relief * sum(part * abs(math.sin(x * pace + phase)) for part, pace, phase in waves)) for x in xs]
        mask = Image.new("L", (image.width, shore - top))
        ImageDraw.Draw(mask).polygon([*line, (image.width, mask.height), (0, mask.height)], fill=255)
        colour = _mix(sky[2], near, 0.1 + 0.85 * nearness)
        image.paste(_gradient(mask.size, colour, _mix(colour, sky[-1], 0.6 * (1 - nearness))), (0, top), mask)


def _paint_lake(image: Image.Image, shore: int, water: Image.Image, rng: random.Random) -> None:
    """Mirror what is above the shore, tinted like water, with ripples that get wider towards the viewer."""
    above = image.crop((0, shore - water.height, image.width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror, band = Image.blend(above.filter(ImageFilter.BoxBlur(2)), water, 0.35), min(image.size) // 250 + 1
    image.paste(mirror, (0, shore))
    for y in range(0, water.height, band):
        row = mirror.crop((0, y, image.width, y + band))
        image.paste(row, (round(rng.gauss(0, 1) * band * (0.5 + 3 * y / water.height)), shore + y))


def _paint_boat(image: Image.Image, shore: int, paper: Colour, shade: Colour, rng: random.Random) -> None:
    """Paint a paper boat, lit from the left, and its reflection in the water."""
    size, pen = min(image.size) * rng.uniform(0.075, 0.1), ImageDraw.Draw(image, "RGBA")
    x, y = image.width * rng.uniform(0.3, 0.7), shore + (image.height - shore) * 0.34
    sail, hull = ((0, -1.4), (0.46, -0.4), (0, -0.4)), ((1, -0.75), (0, -0.4), (0, 0), (0.6, 0))
    for up, opacity in ((-0.7, 60), (1, 255)):
        for half, part, shaded in ((sail, -1, 0.25), (sail, 1, 0.55), (hull, -1, 0.03), (hull, 1, 0.36)):
            corners = [(x + size * a * part, y + size * b * up) for a, b in half]
            pen.polygon(corners, fill=(*_mix(paper, shade, shaded), opacity))


def _put_caption(image: Image.Image, text: str, label: str) -> None:
    """Write a text, if there is one, and the label at the lower edge, on a dark gradient."""
    size, margin = max(11, min(image.size) * 0.034), max(8, min(image.size) * 0.05)
    large, small = ImageFont.load_default(size), ImageFont.load_default(max(9, size * 0.68))
    per_line = int((image.width - 2 * margin) / (large.getlength(text) or 1) * len(text) * 0.92)
    lines = textwrap.wrap(text, max(8, per_line), max_lines=3, placeholder=" …")
    veil = Image.linear_gradient("L").resize((image.width, round(size * (2.5 + 1.3 * len(lines)) + 2 * margin)))
    image.paste((8, 8, 20), (0, image.height - veil.height), veil.point(lambda value: min(205, round(value * 1.3))))
    pen, bottom = ImageDraw.Draw(image), image.height - margin
    pen.text((margin, bottom), label, (215, 215, 222), small, "ld")
    pen.text((margin, bottom - size * 1.15), "\n".join(lines), (255, 255, 255), large, "ld", spacing=size * 0.3)


def _drawable(text: str) -> str:
    """Return a text with … for characters that Pillow's own font lacks; empty if it lacks all."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split())).translate(_SPELLINGS)
    plain = re.sub("[^ -~‘’“”]+(?: +[^ -~‘’“”]+)*", "…", re.sub("[\u0300-\u036f]", "", plain))
    return plain if re.search(r"\w", plain) else ""
