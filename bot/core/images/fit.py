"""Make images fit what an address can show. All is CPU work, to be run in a thread."""

import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from PIL import Image

from bot.core.errors import ImageError
from bot.core.image import ImageLimits
from bot.core.images import pixels, xmp
from bot.core.images.verify import MODULES, examine

Encode = Callable[[Image.Image], bytes]

_JPEG_QUALITIES = (92, 85, 75)
_LONGEST = {"image/png": 100_000, "image/jpeg": 65_500, "image/webp": 16_383}
_SMALLEST = 64
_TRIES = 8
# A smaller image takes more bytes for each of its pixels.
_MARGIN = 0.88
# Above this many pixels PNG is compressed quickly: 8 million take a second instead of five, for a sixth more bytes.
_LARGE = 2_000_000
_BANDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedImage:
    """An image that an address can show. The size is in pixels, as people see it."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int


def fit(data: bytes, limits: ImageLimits, *, model: str = "") -> FittedImage:
    """Make an image fit `limits`: unchanged if it fits, else re-encoded, and made smaller if necessary.

    An animation that doesn't fit becomes its first frame. A re-encoded image says which `model` made it, if one is
    given, and what its XMP said before. Raises ImageError, MemoryError.
    """
    media_type, outline = examine(data)
    if media_type in limits.media_types and len(data) <= limits.max_bytes:
        width, height = outline.seen
        return FittedImage(data=data, media_type=media_type, width=width, height=height)
    first = MODULES[media_type].first_picture(data)
    mark = xmp.packet(model, outline.xmp, turned=True) if model else b""
    return _reencoded(pixels.decoded(first, media_type, outline.orientation), limits, mark)


def _reencoded(picture: Image.Image, limits: ImageLimits, mark: bytes) -> FittedImage:
    media_type = _target(limits, see_through=picture.mode == "RGBA")
    if media_type == "image/jpeg" and picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    picture = _within(picture, _LONGEST[media_type])
    for unmarked in _encodings(media_type, picture):
        encode = partial(_marked, unmarked, media_type, mark) if mark else unmarked
        size = _expected(picture, encode)
        if size * _MARGIN <= limits.max_bytes:
            data = encode(picture)
            if len(data) <= limits.max_bytes:
                return FittedImage(data=data, media_type=media_type, width=picture.width, height=picture.height)
            size = len(data)
    return _smaller(picture, media_type, encode, size, limits.max_bytes)


def _within(picture: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(picture.size)
    return picture if scale >= 1 else _scaled(picture, scale)


def _target(limits: ImageLimits, *, see_through: bool) -> str:
    """Choose a type: WebP for what is see-through, since its bytes are a quarter of PNG's, and JPEG for the rest."""
    order = ("image/webp", "image/png", "image/jpeg") if see_through else ("image/jpeg", "image/webp", "image/png")
    for media_type in order:
        if media_type in limits.media_types:
            return media_type
    raise ImageError("the place shows none of PNG, JPEG and WebP")


def _encodings(media_type: str, picture: Image.Image) -> Iterable[Encode]:
    """Return ways to encode a picture without changing its size, the best one first."""
    if media_type == "image/png":
        return [partial(_png, level=6 if picture.width * picture.height <= _LARGE else 2)]
    if media_type == "image/webp":
        return [_webp]
    return [partial(_jpeg, quality=quality) for quality in _JPEG_QUALITIES]


def _png(picture: Image.Image, *, level: int) -> bytes:
    return _saved(picture, "PNG", compress_level=level)


def _webp(picture: Image.Image) -> bytes:
    return _saved(picture, "WEBP", quality=90, method=1)


def _jpeg(picture: Image.Image, *, quality: int) -> bytes:
    return _saved(picture, "JPEG", quality=quality)


def _smaller(picture: Image.Image, media_type: str, encode: Encode, size: float, max_bytes: int) -> FittedImage:
    """Make a picture of `size` bytes smaller: in one step by that ratio, and in a further one where that was wrong."""
    scale = 1.0
    for _ in range(_TRIES):
        scale *= min(0.95, math.sqrt(max_bytes / size * _MARGIN))
        if min(picture.size) * scale < _SMALLEST:
            break
        candidate = _scaled(picture, scale)
        data = encode(candidate)
        if len(data) <= max_bytes:
            return FittedImage(data=data, media_type=media_type, width=candidate.width, height=candidate.height)
        size = len(data)
    raise ImageError(f"does not fit into {max_bytes} bytes")


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    width, height = (max(1, int(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _expected(picture: Image.Image, encode: Encode) -> float:
    """Return about how many bytes a large picture takes, from bands of it; 0 for a small one, which is just tried."""
    band = picture.height // (_BANDS * 8)
    if picture.width * picture.height <= _LARGE or not band:
        return 0
    sample = Image.new(picture.mode, (picture.width, band * _BANDS))
    for number in range(_BANDS):
        top = (picture.height - band) * number // (_BANDS - 1)
        sample.paste(picture.crop((0, top, picture.width, top + band)), (0, number * band))
    return len(encode(sample)) * picture.height / sample.height


def _marked(encode: Encode, media_type: str, mark: bytes, picture: Image.Image) -> bytes:
    return MODULES[media_type].with_xmp(encode(picture), mark)


def _saved(picture: Image.Image, file_format: str, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()
