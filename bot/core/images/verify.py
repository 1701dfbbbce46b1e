"""Image bytes: detect the type, check the bounds, decode, re-encode to fit. All is CPU work, to be run in a thread."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image, ImageOps, ImageSequence

from bot.core.errors import ImageError
from bot.core.model import ImageLimits

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 40_000_000

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}

# The errors that Pillow's decoders raise for bytes that are not what they claim to be.
_DECODING = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError),
    *(struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning),
)

_MAX_FRAMES = 2000  # a million frames of one pixel take long, too

_JPEG_QUALITIES = (92, 85, 75)
_SHRINK = 0.8
_SMALLEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedImage:
    """An image that was decoded completely. `media_type` is the real type of the bytes."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int


def verify(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> VerifiedImage:
    """Check that these bytes are a complete PNG, JPEG, WebP or GIF image within bounds (pixels over all frames).

    Raises ImageError.
    """
    if len(data) > max_bytes:
        raise ImageError(f"an image of {len(data)} bytes, more than {max_bytes}")
    media_type = sniff(data)
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            width, height = image.size
            _decode(image, max_pixels)
    except _DECODING as error:
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
    return _EXTENSIONS[media_type]


def fit(data: bytes, media_type: str, limits: ImageLimits) -> VerifiedImage:
    """Make an image fit `limits`: unchanged if it fits, else re-encoded, and made smaller if necessary.

    An animation that doesn't fit becomes its first frame. Raises ImageError.
    """
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            if media_type in limits.media_types and len(data) <= limits.max_bytes:
                return VerifiedImage(data=data, media_type=media_type, width=image.width, height=image.height)
            image.seek(0)
            return _reencode(ImageOps.exif_transpose(image), limits)
    except _DECODING as error:
        raise ImageError(f"damaged {media_type}: {type(error).__name__}") from error


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


def _reencode(image: Image.Image, limits: ImageLimits) -> VerifiedImage:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's own conversion turns all values above 255 white
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    picture = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    see_through = _see_through(picture)
    media_type = _target(limits, see_through=see_through)
    if see_through and media_type == "image/jpeg":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    if not see_through or media_type == "image/jpeg":
        picture = picture.convert("RGB")
    for candidate in _smaller_and_smaller(picture):
        for encoded in _encodings(candidate, media_type):
            if len(encoded) <= limits.max_bytes:
                return VerifiedImage(
                    data=encoded, media_type=media_type, width=candidate.width, height=candidate.height
                )
    raise ImageError(f"does not fit into {limits.max_bytes} bytes")


def _target(limits: ImageLimits, *, see_through: bool) -> str:
    first, last = ("image/png", "image/jpeg") if see_through else ("image/jpeg", "image/png")
    for media_type in (first, "image/webp", last):
        if media_type in limits.media_types:
            return media_type
    raise ImageError("the place shows none of PNG, JPEG and WebP")


def _see_through(picture: Image.Image) -> bool:
    return picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255)


def _smaller_and_smaller(picture: Image.Image) -> Iterator[Image.Image]:
    width, height = picture.size
    yield picture
    while min(width, height) * _SHRINK >= _SMALLEST:
        width, height = int(width * _SHRINK), int(height * _SHRINK)
        yield picture.resize((width, height), Image.Resampling.LANCZOS)


def _encodings(picture: Image.Image, media_type: str) -> Iterator[bytes]:
    if media_type == "image/png":
        yield _encoded(picture, media_type, optimize=True)
        return
    for quality in _JPEG_QUALITIES:
        yield _encoded(picture, media_type, quality=quality)


def _encoded(picture: Image.Image, media_type: str, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, _FORMATS[media_type], **options)
    return file.getvalue()
