"""Draws the sandbox's pictures."""

import io
from dataclasses import dataclass, field

from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that a picture is drawn from: the same values, the same picture."""

    prompt: str = field(repr=False)
    model: str
    width: int
    height: int
    index: int = 0
    output_format: str = "png"
    transparent: bool = False


def draw(picture: Picture) -> bytes:
    """Draw a picture."""
    file = io.BytesIO()
    Image.new("RGB", (picture.width, picture.height), "teal").save(file, picture.output_format)
    return file.getvalue()
