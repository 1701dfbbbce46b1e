"""Verify image bytes: type, bounds, structure. Pixels are decoded only where something beside them is damaged."""

import struct
from dataclasses import dataclass, field

from bot.core.errors import ImageError
from bot.core.images import gif, jpeg, png, webp
from bot.core.images.outline import Format, Outline

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 40_000_000

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
MODULES: dict[str, Format] = {"image/png": png, "image/jpeg": jpeg, "image/webp": webp, "image/gif": gif}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedImage:
    """An image that is whole. `media_type` is the real type of the bytes."""

    data: bytes = field(repr=False)
    media_type: str
    outline: Outline

    @property
    def width(self) -> int:
        """In pixels, as people see it."""
        return self.outline.seen[0]

    @property
    def height(self) -> int:
        """In pixels, as people see it."""
        return self.outline.seen[1]


def verify(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> VerifiedImage:
    """Check that these bytes are a complete PNG, JPEG, WebP or GIF image within bounds (pixels over all frames).

    If only metadata or a later frame is damaged, the result is the first picture alone. It can be decoded then; else
    the structure is right, and damage within the pixels is what any viewer shows. Raises ImageError, MemoryError.
    """
    media_type, outline = examine(data, max_bytes=max_bytes, max_pixels=max_pixels)
    if outline.trouble:
        from bot.core.images import pixels  # Pillow's import takes a while, and few images need it

        data = MODULES[media_type].first_picture(data)
        pixels.check(data, media_type)
        outline = MODULES[media_type].outline(data)
    return VerifiedImage(data=data, media_type=media_type, outline=outline)


def examine(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> tuple[str, Outline]:
    """Return the media type and the outline of an image whose first picture is whole. Raises ImageError."""
    if len(data) > max_bytes:
        raise ImageError(f"an image of {len(data)} bytes, more than {max_bytes}")
    media_type = sniff(data)
    try:
        outline = MODULES[media_type].outline(data)
    except (struct.error, IndexError) as error:
        raise ImageError(f"damaged {media_type}: it is cut off") from error
    if outline.pixels > max_pixels:
        raise ImageError(f"more than {max_pixels} pixels over all frames")
    return media_type, outline


def sniff(data: bytes) -> str:
    """Return the media type, found from the bytes as labels may be wrong. Raises ImageError if it can't be shown."""
    if data.startswith(png.SIGNATURE):
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
