"""Gradients, glows, clouds and ridges: what every scene is painted with."""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from bot.providers.sandbox.palettes import Colour, Palette, mix

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What a scene is painted on. `unit` is a thousandth of the shorter side."""

    image: Image.Image
    rng: random.Random
    palette: Palette

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.image.width

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.image.height

    @property
    def unit(self) -> float:
        """Pixels of a thousandth of the shorter side."""
        return min(self.image.size) / 1000


def gradient(size: tuple[int, int], colours: Sequence[Colour]) -> Image.Image:
    """Make a vertical gradient through these colours."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    # Half a stop is cut off at both ends, so that the first and the last colour are at the very edges.
    return strip.resize(size, Image.Resampling.BICUBIC, box=(0, 0.5, 1, len(colours) - 0.5))


def fall_off(side: int, *, power: float = 2, strength: float = 1) -> Image.Image:
    """Make a mask that is full at the centre and nothing from the middle of its edges on."""
    # Pillow's gradient reaches 255 in the corners only; that is 181 in the middle of an edge.
    light = Image.radial_gradient("L").point(lambda value: round(max(0.0, 1 - value / 180) ** power * 255 * strength))
    return light.resize((side, side), Image.Resampling.BICUBIC)


def glow(canvas: Canvas, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Shine: brightest at the centre, gone at the radius."""
    mask = fall_off(max(2, round(radius * 2)), strength=strength)
    canvas.image.paste(colour, (round(centre[0] - radius), round(centre[1] - radius)), mask)


def disc(canvas: Canvas, centre: Point, radius: float, colour: Colour) -> None:
    """Fill a circle."""
    x, y = centre
    ImageDraw.Draw(canvas.image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def fill(canvas: Canvas, points: Sequence[Point], top: Colour, bottom: Colour, opacity: float = 1) -> None:
    """Fill a polygon with a gradient from its highest to its lowest point."""
    left, upper = (math.floor(min(point[axis] for point in points)) for axis in (0, 1))
    right, lower = (math.ceil(max(point[axis] for point in points)) for axis in (0, 1))
    size = (max(1, right - left), max(1, lower - upper))
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in points], fill=round(255 * opacity))
    canvas.image.paste(gradient(size, (top, bottom)), (left, upper), mask)


def ridge(canvas: Canvas, base: float, relief: float, roughness: float = 0.5) -> list[Point]:
    """Make a mountain line from the left edge to the right, `relief` pixels above and below `base`."""
    heights = [canvas.rng.uniform(-1, 1) for _ in range(3)]
    swing = roughness
    while len(heights) < 129:
        between = [(a + b) / 2 + canvas.rng.uniform(-swing, swing) for a, b in itertools.pairwise(heights)]
        heights = [height for pair in zip(heights, between, strict=False) for height in pair] + heights[-1:]
        swing *= roughness
    step = canvas.width / (len(heights) - 1)
    return [(index * step, base + height * relief) for index, height in enumerate(heights)]


def down_to(line: Sequence[Point], bottom: float) -> list[Point]:
    """Close a line to the shape below it."""
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def cloud(canvas: Canvas, centre: Point, width: float, colour: Colour, opacity: float) -> None:
    """Puff up a soft cloud with a flat base."""
    x, y = centre
    height = width * 0.32
    mask = Image.new("L", (round(width * 1.4), round(height * 2)))
    draw = ImageDraw.Draw(mask)
    for _ in range(14):
        along = canvas.rng.uniform(-0.5, 0.5)
        size = height * (0.75 - abs(along)) * canvas.rng.uniform(0.5, 1)
        left, base = mask.width / 2 + along * width - size, height * 1.25
        draw.ellipse((left, base - size * 1.5, left + size * 2.2, base + size * 0.25), fill=round(255 * opacity))
    soft = mask.filter(ImageFilter.GaussianBlur(width / 40))
    canvas.image.paste(colour, (round(x - mask.width / 2), round(y - height)), soft)


def stars(canvas: Canvas, count: int, bottom: float) -> None:
    """Scatter stars, fewer and fainter towards `bottom`."""
    draw = ImageDraw.Draw(canvas.image, "RGBA")
    for _ in range(count):
        x, y = canvas.rng.uniform(0, canvas.width), canvas.rng.uniform(0, bottom)
        fade = 1 - y / bottom * 0.85
        size = canvas.unit * canvas.rng.choice((0.6, 0.8, 0.8, 1.1, 1.7))
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(255, 252, 240, round(230 * fade)))


def sun(canvas: Canvas, centre: Point, radius: float) -> None:
    """Hang the sun or the moon, with the light around it."""
    colour = canvas.palette.glow
    glow(canvas, centre, radius * 9, colour, 0.35)
    glow(canvas, centre, radius * 3.2, colour, 0.55)
    disc(canvas, centre, radius, colour)
    if canvas.palette.dark:
        for dx, dy, size in ((-0.3, -0.25, 0.22), (0.25, 0.1, 0.3), (-0.15, 0.45, 0.16)):
            spot = (centre[0] + dx * radius, centre[1] + dy * radius)
            disc(canvas, spot, size * radius, mix(colour, canvas.palette.far, 0.18))


def birds(canvas: Canvas, count: int, around: Point) -> None:
    """Let a few birds fly."""
    draw = ImageDraw.Draw(canvas.image)
    for _ in range(count):
        x = around[0] + canvas.rng.gauss(0, 110) * canvas.unit
        y = around[1] + canvas.rng.gauss(0, 45) * canvas.unit
        wing = canvas.unit * canvas.rng.uniform(9, 17)
        line = [(x - wing, y - wing * 0.45), (x - wing * 0.4, y - wing * 0.5), (x, y)]
        line += [(x + wing * 0.4, y - wing * 0.5), (x + wing, y - wing * 0.4)]
        draw.line(line, fill=canvas.palette.near, width=max(1, round(canvas.unit * 3)), joint="curve")
