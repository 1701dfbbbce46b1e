"""Scenes on land: hills with pines, and a city by the water."""

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.providers.sandbox.brushes import Canvas, Point, birds, cloud, down_to, fill, gradient, ridge, stars, sun
from bot.providers.sandbox.palettes import mix


def hills(canvas: Canvas) -> None:
    """Layer hills towards the light, mist between them, pines on the nearest."""
    palette, rng, height = canvas.palette, canvas.rng, canvas.height
    canvas.image.paste(gradient(canvas.image.size, palette.sky))
    if palette.dark:
        stars(canvas, 260, height * 0.6)
    light = (canvas.width * rng.uniform(0.25, 0.75), height * rng.uniform(0.3, 0.46))
    sun(canvas, light, canvas.unit * rng.uniform(50, 85))
    for _ in range(rng.randint(2, 4)):
        place = (rng.uniform(0, canvas.width), height * rng.uniform(0.12, 0.4))
        cloud(canvas, place, canvas.unit * rng.uniform(220, 460), mix(palette.sky[-1], palette.glow, 0.5), 0.4)
    birds(canvas, rng.randint(4, 8), (light[0] + canvas.unit * 60, light[1] + canvas.unit * 110))
    layers = 6
    for layer in range(layers):
        nearness = layer / (layers - 1)
        base = height * (0.5 + 0.37 * nearness**1.2)
        line = ridge(canvas, base, canvas.unit * (75 - 25 * nearness), roughness=0.55 - 0.12 * nearness)
        colour = mix(palette.far, palette.near, nearness)
        mist = mix(colour, palette.sky[-1], 0.55 * (1 - nearness))
        if nearness > 0.55:
            _pines(canvas, line, colour, size=canvas.unit * (22 + 62 * (nearness - 0.4)))
        fill(canvas, down_to(line, height), colour, mist)


def _pines(canvas: Canvas, line: list[Point], colour: tuple[int, int, int], size: float) -> None:
    draw = ImageDraw.Draw(canvas.image)
    x = -size
    while x < canvas.width + size:
        x += size * canvas.rng.choice((0.35, 0.5, 0.7, 0.9, 2.6))
        step = canvas.width / (len(line) - 1)
        foot = line[min(len(line) - 1, max(0, round(x / step)))][1] + size * 0.2
        tall = size * canvas.rng.uniform(0.9, 2)
        for tier in range(5):
            top, wide = foot - tall * (1 - tier * 0.17), tall * (0.07 + 0.045 * tier)
            draw.polygon([(x, top), (x - wide, top + tall * 0.3), (x + wide, top + tall * 0.3)], fill=colour)
        draw.rectangle((x - tall * 0.02, foot - tall * 0.2, x + tall * 0.02, foot + tall * 0.1), fill=colour)


def city(canvas: Canvas) -> None:
    """Raise a skyline with lit windows, and mirror it in the water before it."""
    palette, rng = canvas.palette, canvas.rng
    shore = round(canvas.height * 0.72)
    canvas.image.paste(gradient((canvas.width, shore), palette.sky))
    stars(canvas, 220 if palette.dark else 60, shore * 0.6)
    sun(canvas, (canvas.width * rng.uniform(0.2, 0.8), shore * rng.uniform(0.25, 0.6)), canvas.unit * 62)
    for _ in range(3):
        place = (rng.uniform(0, canvas.width), shore * rng.uniform(0.2, 0.6))
        cloud(canvas, place, canvas.unit * rng.uniform(240, 420), mix(palette.sky[-1], palette.glow, 0.4), 0.3)
    for nearness in (0.15, 0.5, 0.9):
        _skyline(canvas, shore, nearness)
    _water(canvas, shore)


def _skyline(canvas: Canvas, shore: int, nearness: float) -> None:
    palette, rng, unit = canvas.palette, canvas.rng, canvas.unit
    draw = ImageDraw.Draw(canvas.image)
    colour = mix(palette.far, palette.near, nearness)
    x = -unit * 40
    while x < canvas.width:
        wide = unit * rng.uniform(45, 110)
        tall = unit * rng.triangular(110, 520 - 190 * nearness, 190)
        top = shore - tall
        fill(
            canvas,
            [(x, shore), (x, top), (x + wide, top), (x + wide, shore)],
            colour,
            mix(colour, palette.sky[-1], 0.2),
        )
        if rng.random() < 0.35:
            draw.line((x + wide / 2, top, x + wide / 2, top - unit * rng.uniform(25, 80)), colour, round(unit * 4) or 1)
        if nearness > 0.3:
            _windows(canvas, (x, top, wide, tall), lit=mix(palette.accent, palette.glow, rng.uniform(0.2, 0.8)))
        x += wide + unit * rng.choice((2, 2, 6, 30))


def _windows(canvas: Canvas, house: tuple[float, float, float, float], lit: tuple[int, int, int]) -> None:
    draw, unit, rng = ImageDraw.Draw(canvas.image), canvas.unit, canvas.rng
    left, top, wide, tall = house
    across = max(2, int(wide / (unit * 17)))
    pitch = wide / across
    for row in range(int(tall / (unit * 22))):
        for column in range(across):
            if rng.random() < 0.38:
                x, y = left + pitch * (column + 0.3), top + unit * (14 + 22 * row)
                draw.rectangle(
                    (x, y, x + pitch * 0.4, y + unit * 10), fill=mix(lit, canvas.palette.near, rng.random() / 2)
                )


def _water(canvas: Canvas, shore: int) -> None:
    deep = canvas.height - shore
    above = canvas.image.crop((0, shore - deep, canvas.width, shore))
    mirrored = ImageOps.flip(above).filter(ImageFilter.GaussianBlur(canvas.unit * 3))
    tint = gradient(mirrored.size, (canvas.palette.far, canvas.palette.near))
    mirrored = Image.blend(mirrored, tint, 0.42)
    # Each row is shifted a little, the nearer the more, as ripples do.
    for y in range(0, deep, max(1, round(canvas.unit * 5))):
        shift = round(canvas.rng.gauss(0, 1) * canvas.unit * (2 + 10 * y / deep))
        row = mirrored.crop((0, y, canvas.width, min(deep, y + round(canvas.unit * 5) + 1)))
        canvas.image.paste(row, (0, shore + y))
        canvas.image.paste(row, (shift, shore + y))
