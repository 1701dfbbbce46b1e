"""The pixels of a first picture, decoded by Pillow: upright, in sRGB, 8 bits a channel, with its transparency."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageChops

from bot.core.errors import ImageError
from bot.core.images import colours

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}

# The errors that Pillow's decoders raise for bytes that are not what they claim to be. MemoryError is not
# among them: the bounds are checked before, so it means that the machine has too little memory.
_DECODING = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check(data: bytes, media_type: str) -> None:
    """Decode a picture and forget it. Raises ImageError if it can't be decoded, MemoryError."""
    with _opened(data, media_type) as image:
        image.load()


def decoded(data: bytes, media_type: str, orientation: int) -> Image.Image:
    """Return the first picture in the mode RGB, or RGBA if something of it is transparent.

    `data` has one picture, within bounds. Raises ImageError, MemoryError.
    """
    with _opened(data, media_type) as image:
        image.load()
        source = colours.source(image.info, data if media_type == "image/png" else b"")
        if image.mode == "I;16":
            picture = _of_deep_grey(image)
        else:
            if media_type == "image/png":
                _scale_the_transparent_colour(image, depth=data[24])
            picture = image.convert("RGBA") if image.has_transparency_data else image
        picture = colours.in_srgb(picture, source)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    return picture.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else picture


@contextmanager
def _opened(data: bytes, media_type: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            yield image
    except _DECODING as error:
        raise ImageError(f"damaged {media_type}: {type(error).__name__}") from error


def _of_deep_grey(image: Image.Image) -> Image.Image:
    """Return 16-bit grey in 8 bits. Pillow's own way turns all above 255 white, and loses what is transparent."""
    both = image.tobytes()
    high, low = (Image.frombytes("L", image.size, both[at::2]) for at in (1, 0))
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return high
    same = ImageChops.darker(*(part.point(_is(value)) for part, value in ((high, key >> 8), (low, key & 255))))
    return Image.merge("LA", (high, ImageChops.invert(same))).convert("RGBA")


def _is(value: int) -> list[int]:
    return [255 if each == value else 0 for each in range(256)]


def _scale_the_transparent_colour(image: Image.Image, *, depth: int) -> None:
    """Make the one transparent colour of a PNG one of 8 bits, as its pixels are by now."""
    key = image.info.get("transparency")
    if image.mode in {"1", "L"} and isinstance(key, int):
        image.info["transparency"] = key * 255 // ((1 << depth) - 1)
    elif image.mode == "RGB" and isinstance(key, tuple) and depth == 16:
        image.info["transparency"] = tuple(each >> 8 for each in key)
