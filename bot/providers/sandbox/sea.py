"""The sea at low light, with paper boats on it."""

import math

from PIL import Image, ImageDraw, ImageFilter

from bot.providers.sandbox.brushes import Canvas, Point, birds, cloud, down_to, fill, gradient, ridge, stars, sun
from bot.providers.sandbox.palettes import Colour, mix

_WAVES = 8


def sea(canvas: Canvas) -> None:
    """Paint the sky, the light on the water, and boats between the waves."""
    palette, rng, height = canvas.palette, canvas.rng, canvas.height
    horizon = round(height * rng.uniform(0.42, 0.5))
    canvas.image.paste(gradient((canvas.width, horizon), palette.sky))
    if palette.dark:
        stars(canvas, 240, horizon)
    light = (canvas.width * rng.uniform(0.28, 0.72), horizon - canvas.unit * rng.uniform(20, 150))
    sun(canvas, light, canvas.unit * rng.uniform(60, 95))
    for _ in range(rng.randint(3, 5)):
        place = (rng.uniform(0, canvas.width), horizon * rng.uniform(0.25, 0.8))
        cloud(canvas, place, canvas.unit * rng.uniform(200, 480), mix(palette.sky[-1], palette.glow, 0.6), 0.45)
    island = ridge(canvas, horizon - canvas.unit * 12, canvas.unit * 30)
    fill(
        canvas,
        down_to(island, horizon),
        mix(palette.far, palette.sky[-1], 0.35),
        mix(palette.far, palette.sky[-1], 0.6),
    )
    birds(canvas, rng.randint(3, 6), (light[0], horizon * 0.55))
    _water(canvas, horizon)
    _waves_and_boats(canvas, horizon, light[0])


def _water(canvas: Canvas, horizon: int) -> None:
    palette = canvas.palette
    colours = (mix(palette.sky[-1], palette.far, 0.45), mix(palette.far, palette.near, 0.45), palette.near)
    canvas.image.paste(gradient((canvas.width, canvas.height - horizon), colours), (0, horizon))


def _waves_and_boats(canvas: Canvas, horizon: int, light: float) -> None:
    rng, deep = canvas.rng, canvas.height - horizon
    places = _places(canvas)
    upper = float(horizon)
    for wave in range(_WAVES):
        nearness = (wave + 1) / _WAVES
        base = horizon + deep * (0.05 + 0.9 * nearness**1.35)
        _glitter(canvas, (upper, base), light, nearness)
        line = _crest(canvas, base, canvas.unit * (3 + 16 * nearness))
        if wave in places:
            x, size = places[wave]
            _boat(canvas, (x, _level(line, x) + size * 0.05), size, lean=rng.uniform(-0.1, 0.1))
        _wave(canvas, line, nearness)
        upper = base


def _places(canvas: Canvas) -> dict[int, tuple[float, float]]:
    """Choose the waves that carry a boat, with its place and size: a large one near the middle, small ones around."""
    rng, unit = canvas.rng, canvas.unit
    middle = canvas.width * rng.uniform(0.36, 0.64)
    places = {5: (middle, unit * rng.uniform(165, 200))}
    for wave, size in ((1, 34), (2, 52), (3, 78)):
        if rng.random() < 0.7:
            aside = canvas.width * rng.uniform(0.18, 0.36) * rng.choice((-1, 1))
            places[wave] = (middle + aside, unit * size * rng.uniform(0.85, 1.15))
    return places


def _wave(canvas: Canvas, line: list[Point], nearness: float) -> None:
    palette = canvas.palette
    colour = mix(palette.far, palette.near, 0.2 + 0.7 * nearness)
    fill(canvas, down_to(line, canvas.height), mix(colour, palette.sky[-1], 0.3), colour, opacity=0.8)
    crest = mix(colour, palette.glow, 0.5 - 0.25 * nearness)
    ImageDraw.Draw(canvas.image).line(line, fill=crest, width=max(1, round(canvas.unit * 2)), joint="curve")


def _glitter(canvas: Canvas, between: tuple[float, float], x: float, nearness: float) -> None:
    """Lay the light's path over the water between two heights: short strokes, wider and fainter towards us."""
    upper, lower = between
    mask = Image.new("L", (canvas.width, max(1, round(lower - upper))))
    draw = ImageDraw.Draw(mask)
    for _ in range(46):
        y = canvas.rng.uniform(0, mask.height)
        half = canvas.unit * (6 + 34 * nearness) * canvas.rng.uniform(0.3, 1)
        middle = x + canvas.rng.gauss(0, 1) * canvas.unit * (26 + 62 * nearness)
        thick = canvas.unit * (1.6 + 4 * nearness)
        draw.ellipse((middle - half, y - thick / 2, middle + half, y + thick / 2), fill=round(225 - 150 * nearness))
    canvas.image.paste(canvas.palette.glow, (0, round(upper)), mask.filter(ImageFilter.GaussianBlur(canvas.unit)))


def _crest(canvas: Canvas, base: float, swell: float) -> list[Point]:
    rng = canvas.rng
    lengths = [canvas.width / rng.uniform(low, high) for low, high in ((1.5, 3), (4, 7), (9, 14))]
    phases = [rng.uniform(0, math.tau) for _ in lengths]
    step = max(1, round(canvas.unit * 6))
    return [
        (
            x,
            base
            + sum(swell / (at + 1) * math.sin(x / length * math.tau + phases[at]) for at, length in enumerate(lengths)),
        )
        for x in range(0, canvas.width + step, step)
    ]


def _level(line: list[Point], x: float) -> float:
    return min(line, key=lambda point: abs(point[0] - x))[1]


def _boat(canvas: Canvas, centre: Point, size: float, lean: float) -> None:
    """Fold a paper boat: two halves of a sail, two of a hull, each pair lit from one side."""
    white = mix((255, 255, 255), canvas.palette.glow, 0.5)
    paper = canvas.rng.choice((white, white, mix(canvas.palette.accent, white, 0.15)))
    shade = mix(paper, canvas.palette.near, 0.32)
    parts: tuple[tuple[list[Point], Colour, Colour], ...] = (
        ([(0, -0.92), (-0.46, -0.02), (0, 0.02)], mix(paper, shade, 0.2), mix(paper, shade, 0.5)),
        ([(0, -0.92), (0.46, -0.02), (0, 0.02)], shade, mix(shade, canvas.palette.near, 0.3)),
        ([(-1, -0.3), (0, 0.04), (0, 0.4), (-0.6, 0.4)], paper, mix(paper, shade, 0.35)),
        ([(1, -0.3), (0, 0.04), (0, 0.4), (0.6, 0.4)], mix(shade, paper, 0.2), mix(shade, canvas.palette.near, 0.25)),
    )
    for points, top, bottom in parts:
        fill(canvas, [_placed(point, centre, size, lean) for point in points], top, bottom)


def _placed(point: Point, centre: Point, size: float, lean: float) -> Point:
    x, y = point[0] * size * 0.8, (point[1] - 0.3) * size * 0.8
    return centre[0] + x * math.cos(lean) - y * math.sin(lean), centre[1] + x * math.sin(lean) + y * math.cos(lean)
