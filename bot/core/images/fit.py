"""Make images fit what an address can show. All is CPU work, to be run in a thread."""

import io
from collections.abc import Iterator

from PIL import Image, ImageOps

from bot.core.errors import ImageError
from bot.core.image import ImageLimits
from bot.core.images.verify import DECODING, FORMATS, VerifiedImage

_JPEG_QUALITIES = (92, 85, 75)
_SHRINK = 0.8
_SMALLEST = 64


def fit(data: bytes, media_type: str, limits: ImageLimits) -> VerifiedImage:
    """Make an image fit `limits`: unchanged if it fits, else re-encoded, and made smaller if necessary.

    An animation that doesn't fit becomes its first frame. Raises ImageError, MemoryError.
    """
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            if media_type in limits.media_types and len(data) <= limits.max_bytes:
                return VerifiedImage(data=data, media_type=media_type, width=image.width, height=image.height)
            image.seek(0)
            return _reencode(ImageOps.exif_transpose(image), limits)
    except DECODING as error:
        raise ImageError(f"damaged {media_type}: {type(error).__name__}") from error


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
    picture.save(file, FORMATS[media_type], **options)
    return file.getvalue()
