"""Verify image bytes: detect the type, check the bounds, decode. All is CPU work, to be run in a thread."""

import io
import struct
import zlib
from dataclasses import dataclass, field

from PIL import Image, ImageSequence

from bot.core.errors import ImageError

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 40_000_000

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}

# The errors that Pillow's decoders raise for bytes that are not what they claim to be. MemoryError is not
# among them: the bounds are checked before, so it means that the machine has too little memory.
DECODING = (
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

_MAX_FRAMES = 2000  # a million frames of one pixel take long, too


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedImage:
    """An image that was decoded completely. `media_type` is the real type of the bytes."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int


def verify(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> VerifiedImage:
    """Check that these bytes are a complete PNG, JPEG, WebP or GIF image within bounds (pixels over all frames).

    Raises ImageError, MemoryError.
    """
    if len(data) > max_bytes:
        raise ImageError(f"an image of {len(data)} bytes, more than {max_bytes}")
    media_type = sniff(data)
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            width, height = image.size
            _decode(image, max_pixels)
    except DECODING as error:
        raise ImageError(f"damaged {media_type}: {type(error).__name__}") from error
    return VerifiedImage(data=data, media_type=media_type, width=width, height=height)


def sniff(data: bytes) -> str:
    """Return the media type, found from the bytes as labels may be wrong. Raises ImageError if it can't be shown."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise ImageError(_what_else(data))


def extension(media_type: str) -> str:
    """Return the file name extension of a media type, without the dot."""
    return EXTENSIONS[media_type]


def _decode(image: Image.Image, max_pixels: int) -> None:
    """Decode every frame, but check the size that its header claims before that."""
    pixels = 0
    for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
        pixels += frame.width * frame.height
        if pixels > max_pixels:
            raise ImageError(f"more than {max_pixels} pixels over all frames")
        if number > _MAX_FRAMES:
            raise ImageError(f"more than {_MAX_FRAMES} frames")
        frame.load()


def _what_else(data: bytes) -> str:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return "no bytes at all"
    if data[4:8] == b"ftyp":
        return "AVIF, which can't be shown" if data[8:11] == b"avi" else "HEIC or a video, which can't be shown"
    if b"<svg" in start:
        return "SVG, which can't be shown"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"{", b"[")):
        return "a text document, not an image"
    return "not an image of a known type"
