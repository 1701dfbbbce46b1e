"""Images: which bytes count as one, which are refused, and how one is made to fit."""

import io
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.core.errors import ImageError
from bot.core.image import ImageLimits
from bot.core.images.fit import fit
from bot.core.images.verify import MAX_PIXELS, extension, verify
from tests.support.pictures import FORMATS, chunk, encoded, noise, of_chunks


def picture(media_type: str = "image/png", size: tuple[int, int] = (120, 80), mode: str = "RGB") -> bytes:
    return encoded(Image.new(mode, size, "teal"), media_type)


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_whole_image_is_taken_for_what_its_bytes_are(media_type: str) -> None:
    data = picture(media_type)
    image = verify(data)
    assert (image.data, image.media_type, image.width, image.height) == (data, media_type, 120, 80)


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_truncated_image_is_refused(media_type: str) -> None:
    data = encoded(noise((90, 90)), media_type)
    for part in (10, len(data) // 2, len(data) - 200):
        with pytest.raises(ImageError):
            verify(data[:part])


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "no bytes"),
        (b"<!DOCTYPE html><title>gone</title>", "text document"),
        (b'{"error": "gone"}', "text document"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", "AVIF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"BM" + bytes(60), "known type"),
        (b"%PDF-1.7", "known type"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (b"GIF89a\x09\0\x09\0\0\0\0\x2c\0\0\0\0\x09\0\0\0\0\2\2\x4c\1\0;", "size"),
        (b"GIF89a\x09\0\x09\0\0\0\0\x2c\1\0\0\0\x09\0\x09\0\0\2\2\x4c\1\0;", "size"),
    ],
)
def test_what_is_no_image_is_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(ImageError, match=named):
        verify(data)


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(ImageError, match="bytes"):
        verify(picture(), max_bytes=50)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(ImageError, match="pixels"):
        verify(picture(size=(101, 100)), max_pixels=10_000)
    for side in (10_000, 60_000):
        with pytest.raises(ImageError):
            verify(_bomb(side, side))


def test_the_frames_of_an_animation_count_together() -> None:
    frames = [Image.new("RGB", (50, 50), (shade, 0, 0)) for shade in range(0, 250, 50)]
    data = encoded(frames[0], "image/gif", save_all=True, append_images=frames[1:])
    assert verify(data, max_pixels=5 * 2500).media_type == "image/gif"
    with pytest.raises(ImageError, match="pixels"):
        verify(data, max_pixels=4 * 2500)


def test_too_many_frames_are_refused_also_small_ones() -> None:
    frame = bytes.fromhex("21f90400000000002c0000000001000100000202") + b"\x4c\x01\x00"
    data = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * 2001 + b";"
    with pytest.raises(ImageError, match="frames"):
        verify(data)


@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_an_image_error_or_harmless(media_type: str, position: int, damage: bytes) -> None:
    data = bytearray(encoded(noise((12, 12)), media_type))
    data[position : position + len(damage)] = damage
    try:
        image = verify(bytes(data), max_pixels=1_000_000)
    except ImageError:
        return
    assert image.media_type == media_type


def test_an_image_that_fits_is_left_as_it_is() -> None:
    data = picture("image/webp")
    assert fit(data, ImageLimits()).data is data


def test_a_type_that_the_place_lacks_is_re_encoded() -> None:
    limits = ImageLimits(media_types=frozenset({"image/png", "image/jpeg"}))
    image = fit(picture("image/webp"), limits)
    assert (image.media_type, image.width, image.height) == ("image/jpeg", 120, 80)
    assert decoded(image.data).format == "JPEG"


def test_transparency_is_kept_where_the_place_has_it() -> None:
    clear = encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 80)), "image/webp", lossless=True)
    image = fit(clear, ImageLimits(media_types=frozenset({"image/png", "image/jpeg"})))
    assert image.media_type == "image/png"
    assert decoded(image.data).convert("RGBA").getpixel((5, 5)) == (255, 0, 0, 80)


def test_transparency_becomes_white_in_a_place_without_it() -> None:
    clear = encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 0)))
    image = fit(clear, ImageLimits(media_types=frozenset({"image/jpeg"})))
    assert decoded(image.data).getpixel((5, 5)) == (255, 255, 255)


def test_too_many_bytes_become_fewer_and_then_fewer_pixels() -> None:
    data = encoded(noise((600, 400)))
    lower = fit(data, ImageLimits(max_bytes=220_000))
    assert (lower.media_type, lower.width, lower.height) == ("image/jpeg", 600, 400)
    smaller = fit(data, ImageLimits(max_bytes=40_000))
    assert len(smaller.data) <= 40_000
    assert smaller.width < 600
    assert decoded(smaller.data).size == (smaller.width, smaller.height)
    assert smaller.width / smaller.height == pytest.approx(1.5, rel=0.02)


def test_a_see_through_image_of_too_many_bytes_stays_see_through() -> None:
    data = encoded(noise((400, 400), "RGBA"))
    image = fit(data, ImageLimits(max_bytes=100_000))
    assert image.media_type == "image/webp"
    assert decoded(image.data).mode == "RGBA"
    assert len(image.data) <= 100_000


def test_what_can_never_fit_is_refused() -> None:
    with pytest.raises(ImageError, match="fit"):
        fit(encoded(noise((300, 300))), ImageLimits(max_bytes=100))
    with pytest.raises(ImageError):
        fit(picture(), ImageLimits(media_types=frozenset({"image/gif"})))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16"])
def test_unusual_colour_models_are_re_encoded_too(mode: str) -> None:
    media_type = "image/jpeg" if mode == "CMYK" else "image/png"
    image = Image.new(mode, (70, 70))
    limits = ImageLimits(media_types=frozenset({"image/webp"}))
    assert fit(encoded(image, media_type), limits).media_type == "image/webp"


def test_deep_grey_stays_grey() -> None:
    image = Image.new("I;16", (70, 70), 0x8000)
    fitted = fit(encoded(image), ImageLimits(media_types=frozenset({"image/jpeg"})))
    assert Image.open(io.BytesIO(fitted.data)).convert("L").getpixel((9, 9)) == 0x80


def test_a_palette_with_an_opaque_table_is_no_reason_for_png() -> None:
    image = Image.new("P", (70, 70))
    data = encoded(image, transparency=bytes([255] * 256))
    assert fit(data, ImageLimits(media_types=frozenset({"image/jpeg"}))).media_type == "image/jpeg"


def test_endings_are_those_people_know() -> None:
    assert [extension(media_type) for media_type in FORMATS] == ["png", "jpg", "webp", "gif"]


def _png(width: int, height: int, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return of_chunks(chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b""))


def _bomb(width: int, height: int) -> bytes:
    """Make a PNG of few bytes whose header claims many pixels."""
    assert width * height > MAX_PIXELS
    return _png(width, height)


_GIF = b"GIF89a" + struct.pack("<HH3x", 60_000, 60_000) + b"\x2c" + struct.pack("<HHHHx", 0, 0, 60_000, 60_000)
_WEBP = b"VP8X" + struct.pack("<IB3x", 10, 0) + 2 * (16_000).to_bytes(3, "little")
_LOSSLESS = b"VP8L" + struct.pack("<IBI", 6, 0x2F, 15_999 | 15_999 << 14) + bytes(2)
_SIZE = struct.pack(">HH", 80, 120)
FEW_BYTES = 2_000_000
BOMBS = {
    "PNG, pixels": _bomb(30_000, 30_000),
    "PNG, pixels that can't be in so few bytes": _png(6_000, 6_000),
    "PNG, chunks": _png(100, 100, *[chunk(b"tEXt", b"")] * 300_000),
    "APNG, frames": _png(100, 100, chunk(b"acTL", bytes(8)), *[chunk(b"fcTL", bytes(26))] * 5_000),
    "JPEG, pixels": picture("image/jpeg").replace(_SIZE, struct.pack(">HH", 60_000, 60_000)),
    "JPEG, segments": b"\xff\xd8" + b"\xff\xfe\0\2" * 300_000,
    "JPEG, bytes that fill up": b"\xff\xd8" + b"\xff" * 3_000_000,
    "WebP, pixels": b"RIFF" + struct.pack("<I", 4 + len(_WEBP + _LOSSLESS)) + b"WEBP" + _WEBP + _LOSSLESS,
    "WebP, chunks": b"RIFF" + struct.pack("<I", 4 + 8 * 300_000) + b"WEBP" + b"JUNK\0\0\0\0" * 300_000,
    "GIF, pixels": _GIF + b"\2\2\x4c\1\0;",
    "GIF, blocks": _GIF + b"\2" + b"\1\0" * 210_000 + b"\0;",
    "GIF, blocks of one byte": _GIF.replace(struct.pack("<H", 60_000), b"\1\0") + b"\2" + b"\1\1" * 210_000 + b"\0;",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_without_being_inflated(bomb: str) -> None:
    data = BOMBS[bomb]
    tracemalloc.start()
    try:
        with pytest.raises(ImageError):
            verify(data)
        assert tracemalloc.get_traced_memory()[1] < max(2 * len(data), FEW_BYTES)
    finally:
        tracemalloc.stop()
