"""Images: what is taken for one, what is refused, and how one is made to fit."""

import io
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.core.errors import ImageError
from bot.core.image import ImageLimits
from bot.core.images.fit import fit
from bot.core.images.verify import MAX_PIXELS, extension, verify

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}


def picture(media_type: str = "image/png", size: tuple[int, int] = (120, 80), mode: str = "RGB") -> bytes:
    image = Image.new(mode, size, "teal")
    return encoded(image, media_type)


def encoded(image: Image.Image, media_type: str = "image/png", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, FORMATS[media_type], **options)
    return file.getvalue()


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    channels = len(mode)
    return Image.frombytes(mode, size, random.Random(7).randbytes(size[0] * size[1] * channels))


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


def test_too_many_frames_are_refused_however_small() -> None:
    frame = bytes.fromhex("21f90400000000002c0000000001000100000202") + b"\x4c\x01\x00"
    data = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * 2001 + b";"
    with pytest.raises(ImageError, match="frames"):
        verify(data)


def test_a_truncated_last_frame_is_noticed() -> None:
    frames = [noise((40, 40)) for _ in range(3)]
    data = encoded(frames[0], "image/gif", save_all=True, append_images=[frames[1].rotate(90), frames[2].rotate(180)])
    with pytest.raises(ImageError):
        verify(data[: -len(data) // 4])


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
    assert fit(data, "image/webp", ImageLimits()).data is data


def test_a_type_that_the_place_lacks_is_re_encoded() -> None:
    limits = ImageLimits(media_types=frozenset({"image/png", "image/jpeg"}))
    image = fit(picture("image/webp"), "image/webp", limits)
    assert (image.media_type, image.width, image.height) == ("image/jpeg", 120, 80)
    assert decoded(image.data).format == "JPEG"


def test_transparency_is_kept_where_the_place_has_it() -> None:
    clear = encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 80)), "image/webp", lossless=True)
    image = fit(clear, "image/webp", ImageLimits(media_types=frozenset({"image/png", "image/jpeg"})))
    assert image.media_type == "image/png"
    assert decoded(image.data).convert("RGBA").getpixel((5, 5)) == (255, 0, 0, 80)


def test_transparency_becomes_white_where_the_place_has_none() -> None:
    clear = encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 0)))
    image = fit(clear, "image/png", ImageLimits(media_types=frozenset({"image/jpeg"})))
    assert decoded(image.data).getpixel((5, 5)) == (255, 255, 255)


def test_too_many_bytes_become_fewer_and_then_fewer_pixels() -> None:
    data = encoded(noise((600, 400)))
    lower = fit(data, "image/png", ImageLimits(max_bytes=220_000))
    assert (lower.media_type, lower.width, lower.height) == ("image/jpeg", 600, 400)
    smaller = fit(data, "image/png", ImageLimits(max_bytes=40_000))
    assert len(smaller.data) <= 40_000
    assert smaller.width < 600
    assert decoded(smaller.data).size == (smaller.width, smaller.height)
    assert smaller.width / smaller.height == pytest.approx(1.5, rel=0.02)


def test_a_see_through_image_of_too_many_bytes_stays_see_through() -> None:
    data = encoded(noise((400, 400), "RGBA"))
    image = fit(data, "image/png", ImageLimits(max_bytes=100_000))
    assert image.media_type == "image/png"
    assert len(image.data) <= 100_000


def test_what_can_never_fit_is_refused() -> None:
    with pytest.raises(ImageError, match="fit"):
        fit(encoded(noise((300, 300))), "image/png", ImageLimits(max_bytes=100))
    with pytest.raises(ImageError):
        fit(picture(), "image/png", ImageLimits(media_types=frozenset({"image/gif"})))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16"])
def test_unusual_colour_models_are_re_encoded_too(mode: str) -> None:
    media_type = "image/jpeg" if mode == "CMYK" else "image/png"
    image = Image.new(mode, (70, 70))
    limits = ImageLimits(media_types=frozenset({"image/webp"}))
    assert fit(encoded(image, media_type), media_type, limits).media_type == "image/webp"


def test_deep_grey_stays_grey() -> None:
    image = Image.new("I;16", (70, 70), 0x8000)
    fitted = fit(encoded(image), "image/png", ImageLimits(media_types=frozenset({"image/jpeg"})))
    assert Image.open(io.BytesIO(fitted.data)).convert("L").getpixel((9, 9)) == 0x80


def test_a_palette_with_an_opaque_table_is_no_reason_for_png() -> None:
    image = Image.new("P", (70, 70))
    data = encoded(image, transparency=bytes([255] * 256))
    assert fit(data, "image/png", ImageLimits(media_types=frozenset({"image/jpeg"}))).media_type == "image/jpeg"


def test_endings_are_those_people_know() -> None:
    assert [extension(media_type) for media_type in FORMATS] == ["png", "jpg", "webp", "gif"]


def _bomb(width: int, height: int) -> bytes:
    """Make a PNG of few bytes whose header claims many pixels."""
    assert width * height > MAX_PIXELS

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
