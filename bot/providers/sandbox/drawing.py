"""Draws the sandbox's pictures: a scene that fits the prompt, in a light of its own, the same for the same request."""

import hashlib
import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageDraw

from bot.providers.sandbox.brushes import Canvas
from bot.providers.sandbox.caption import put_caption
from bot.providers.sandbox.heights import balloons, planets
from bot.providers.sandbox.land import city, hills
from bot.providers.sandbox.palettes import choose_palette
from bot.providers.sandbox.sea import sea

# Scenes are painted larger than needed and scaled down, which smooths every edge; but never larger than this.
_OVERSIZE = 2
_LONGEST = 2048

_SCENES: tuple[tuple[Callable[[Canvas], None], str], ...] = (
    (sea, "sea ocean water wave waves boat boats ship sail sailing lake river beach fish whale island harbour paper"),
    (
        hills,
        "hill hills mountain mountains forest tree trees wood pine valley landscape fox bear wolf cabin meadow dusk",
    ),
    (city, "city town street skyline building buildings tower robot car neon night bridge cyberpunk harbor castle"),
    (balloons, "balloon balloons sky cloud clouds bird birds fly flying dragon airship dream plane kite cat dog"),
    (planets, "space planet planets galaxy orb orbs astronaut rocket cosmos nebula alien universe"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that a picture is drawn from: the same values, the same picture. Size in pixels."""

    prompt: str = field(repr=False)
    model: str
    width: int
    height: int
    index: int = 0
    output_format: str = "png"
    transparent: bool = False


def draw(picture: Picture) -> bytes:
    """Draw a picture, and encode it. Takes up to a few seconds of CPU."""
    seed = hashlib.sha256(f"{picture.model}\n{picture.index}\n{picture.prompt}".encode()).digest()
    rng = random.Random(seed)  # noqa: S311  (a picture, not a secret)
    image = _painted(picture, rng)
    label = f"drawn by the sandbox   {picture.model}   {picture.width}x{picture.height}"
    put_caption(image, picture.prompt, label)
    if picture.transparent:
        image.putalpha(_rounded(image.size))
    file = io.BytesIO()
    options = {"png": {"compress_level": 4}, "jpeg": {"quality": 90}, "webp": {"quality": 88, "method": 2}}
    image.save(file, picture.output_format.upper(), **options[picture.output_format])
    return file.getvalue()


def _painted(picture: Picture, rng: random.Random) -> Image.Image:
    size = (picture.width, picture.height)
    scale = min(_OVERSIZE, _LONGEST / max(size))
    canvas = Canvas(
        image=Image.new("RGB", (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))),
        rng=rng,
        palette=choose_palette(picture.prompt, rng),
    )
    _scene(picture.prompt, rng)(canvas)
    return _grained(canvas.image.resize(size, Image.Resampling.LANCZOS), rng)


def _scene(prompt: str, rng: random.Random) -> Callable[[Canvas], None]:
    words = re.findall(r"[a-z]+", prompt.lower())
    for word in words:
        for scene, names in _SCENES:
            if word in names.split():
                return scene
    return rng.choice(_SCENES)[0]


def _grained(image: Image.Image, rng: random.Random) -> Image.Image:
    """Add a little grain, which hides the steps of the gradients."""
    tile = Image.frombytes("L", (256, 256), rng.randbytes(256 * 256)).point(lambda value: 124 + value // 32)
    grain = Image.new("L", image.size)
    for x in range(0, image.width, 256):
        for y in range(0, image.height, 256):
            grain.paste(tile, (x, y))
    return ImageChops.add(image, Image.merge("RGB", [grain] * 3), scale=1, offset=-128)


def _rounded(size: tuple[int, int]) -> Image.Image:
    """Make the mask of a card with round corners, clear around it."""
    inset = min(size) * 0.04
    mask = Image.new("L", size)
    box = (inset, inset, size[0] - inset, size[1] - inset)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius=min(size) * 0.09, fill=255)
    return mask
