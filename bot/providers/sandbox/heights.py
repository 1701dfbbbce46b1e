"""Scenes high up: balloons over clouds, and planets."""

import math

from PIL import Image, ImageDraw, ImageFilter

from bot.providers.sandbox.brushes import Canvas, Point, cloud, disc, fall_off, fill, glow, gradient, stars, sun
from bot.providers.sandbox.palettes import Colour, mix


def balloons(canvas: Canvas) -> None:
    """Let hot-air balloons drift over a sea of clouds."""
    palette, rng = canvas.palette, canvas.rng
    canvas.image.paste(gradient(canvas.image.size, palette.sky))
    if palette.dark:
        stars(canvas, 200, canvas.height * 0.7)
    sun(canvas, (canvas.width * rng.uniform(0.2, 0.8), canvas.height * rng.uniform(0.45, 0.6)), canvas.unit * 75)
    _clouds(canvas, 0.5, 0.72, 10)
    places = [(0.22, 0.34, 70), (0.76, 0.24, 95), (0.56, 0.5, 45), (0.9, 0.52, 34), (0.42, 0.36, 150)]
    for x, y, size in places[rng.randint(0, 2) :]:
        at = (canvas.width * (x + rng.uniform(-0.08, 0.08)), canvas.height * (y + rng.uniform(-0.05, 0.05)))
        _balloon(canvas, at, canvas.unit * size * rng.uniform(0.85, 1.15))
    _clouds(canvas, 0.78, 1.02, 16)


def _clouds(canvas: Canvas, upper: float, lower: float, count: int) -> None:
    palette = canvas.palette
    for index in range(count):
        depth = index / count
        y = canvas.height * (upper + (lower - upper) * depth + canvas.rng.uniform(-0.03, 0.03))
        colour = mix(mix(palette.sky[-1], palette.glow, 0.55), palette.sky[2], canvas.rng.uniform(0, 0.5))
        wide = canvas.unit * canvas.rng.uniform(300, 620) * (0.7 + upper * depth)
        cloud(canvas, (canvas.rng.uniform(-0.05, 1.05) * canvas.width, y), wide, colour, 0.75)


def _balloon(canvas: Canvas, centre: Point, radius: float) -> None:
    palette, rng = canvas.palette, canvas.rng
    x, y = centre
    first = rng.choice((palette.accent, palette.accent, palette.sky[1], palette.sky[2], palette.near))
    second = mix(palette.glow, first, 0.12)
    gores = 10
    for gore in range(gores):
        colour = first if gore % 2 else second
        edges = (math.cos(math.pi * gore / gores), math.cos(math.pi * (gore + 1) / gores))
        lit = mix(colour, palette.near, 0.05 + 0.42 * gore / gores)
        _gore(canvas, centre, radius, (edges[0], edges[1]), lit)
    draw = ImageDraw.Draw(canvas.image)
    basket, rope = radius * 0.17, max(1, round(radius / 45))
    low = y + radius * 1.85
    for side in (-1, 1):
        draw.line((x + side * radius * 0.22, y + radius * 1.3, x + side * basket, low), palette.near, rope)
    left, right = x - basket, x + basket
    wicker = mix(palette.near, palette.accent, 0.3)
    fill(
        canvas,
        [(left, low), (right, low), (right, low + basket * 1.5), (left, low + basket * 1.5)],
        wicker,
        palette.near,
    )


def _gore(canvas: Canvas, centre: Point, radius: float, edges: tuple[float, float], colour: Colour) -> None:
    """Sew in one stripe of the envelope, between two meridians (-1 right, 1 left)."""

    def outline(edge: float, step: int) -> Point:
        """Go down: a half circle, then narrowing to the mouth."""
        if step <= 12:
            angle = step / 12 * math.pi / 2
            wide, down = math.sin(angle), -math.cos(angle)
        else:
            below = (step - 12) / 12
            wide, down = 0.24 + 0.76 * math.cos(below * math.pi / 2) ** 1.1, below * 1.32
        return centre[0] - edge * radius * wide, centre[1] + down * radius

    steps = range(25)
    points = [outline(edges[0], step) for step in steps]
    points += [outline(edges[1], step) for step in reversed(steps)]
    fill(canvas, points, mix(colour, canvas.palette.glow, 0.2), colour)


def planets(canvas: Canvas) -> None:
    """Hang planets before a nebula."""
    palette, rng = canvas.palette, canvas.rng
    night = mix(palette.near, (4, 5, 18), 0.55)
    canvas.image.paste(gradient(canvas.image.size, (night, mix(night, palette.sky[1], 0.5), night)))
    for _ in range(9):
        place = (rng.gauss(0.5, 0.3) * canvas.width, rng.gauss(0.5, 0.25) * canvas.height)
        glow(canvas, place, canvas.unit * rng.uniform(220, 520), rng.choice(palette.sky[1:]), rng.uniform(0.15, 0.4))
    stars(canvas, 500, canvas.height * 1.6)
    for _ in range(7):
        place = (rng.uniform(0, canvas.width), rng.uniform(0, canvas.height))
        glow(canvas, place, canvas.unit * rng.uniform(14, 34), palette.glow, 0.9)
    for x, y, size in ((0.2, 0.27, 48), (0.83, 0.62, 62), (0.5, 0.45, 205)):
        at = (canvas.width * (x + rng.uniform(-0.07, 0.07)), canvas.height * (y + rng.uniform(-0.06, 0.06)))
        _planet(canvas, at, canvas.unit * size * rng.uniform(0.85, 1.15), ringed=size > 100 or rng.random() < 0.3)


def _planet(canvas: Canvas, centre: Point, radius: float, *, ringed: bool) -> None:
    palette, rng = canvas.palette, canvas.rng
    glow(canvas, centre, radius * 1.9, palette.sky[-2], 0.45)
    ring = _ring(canvas, radius) if ringed else None
    if ring is not None:
        _put_ring(canvas, centre, ring, upper=True)
    side = round(radius * 2)
    bands = [mix(rng.choice(palette.sky[1:]), palette.accent, rng.random() * 0.5) for _ in range(rng.randint(7, 12))]
    ball = gradient((side, side), bands).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=bands[0])
    # The lit side faces up and left: the fall-off is taken from around a centre that lies there.
    lit = fall_off(side * 2, power=0.8)
    left = round(side * 0.72)
    lit = lit.crop((left, left, left + side, left + side)).point(lambda value: min(255, round(value * 1.25)))
    night = Image.new("RGB", (side, side), mix(palette.near, (0, 0, 0), 0.55))
    night.paste(ball, (0, 0), lit)
    ball = night
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    canvas.image.paste(ball, (round(centre[0] - radius), round(centre[1] - radius)), mask)
    if ring is not None:
        _put_ring(canvas, centre, ring, upper=False)
    else:
        disc(
            canvas,
            (centre[0] + radius * 1.7, centre[1] - radius * 1.1),
            radius * 0.16,
            mix(palette.glow, palette.far, 0.3),
        )


def _ring(canvas: Canvas, radius: float) -> Image.Image:
    """Draw a flat ring as a mask, seen at an angle."""
    wide, tall = round(radius * 4.6), round(radius * 1.25)
    ring = Image.new("L", (wide, tall))
    draw = ImageDraw.Draw(ring)
    for share, shade in ((1.0, 110), (0.93, 190), (0.82, 90), (0.76, 160), (0.66, 0)):
        inset = (1 - share) / 2
        draw.ellipse((wide * inset, tall * inset, wide * (1 - inset), tall * (1 - inset)), fill=shade)
    return ring.filter(ImageFilter.GaussianBlur(canvas.unit))


def _put_ring(canvas: Canvas, centre: Point, ring: Image.Image, *, upper: bool) -> None:
    """Put the half of the ring that is behind the ball, or the one before it."""
    half = ring.copy()
    middle = ring.height // 2
    half.paste(0, (0, middle, ring.width, ring.height) if upper else (0, 0, ring.width, middle))
    tilted = half.rotate(14, Image.Resampling.BICUBIC, expand=True)
    place = (round(centre[0] - tilted.width / 2), round(centre[1] - tilted.height / 2))
    canvas.image.paste(canvas.palette.glow, place, tilted)
