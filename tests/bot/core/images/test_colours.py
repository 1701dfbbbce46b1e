"""Re-encoding keeps the colours as they were meant, the transparent parts, and which side is up."""

import io
import struct
from itertools import permutations

import pytest
from PIL import Image, ImageCms

from bot.core.image import ImageLimits
from bot.core.images.fit import fit
from bot.core.images.profile import SRGB, profile
from tests.support.pictures import (
    ADOBE_RGB,
    close,
    decoded,
    deep_colour_png,
    encoded,
    grey_png,
    grey_profile,
    pixel,
    turned,
    with_chunk,
)

ON_SLACK = ImageLimits(media_types=frozenset({"image/png", "image/jpeg", "image/gif"}))
PLACES = {
    kind: ImageLimits(media_types=frozenset({kind}), max_bytes=1_000_000)
    for kind in ("image/png", "image/jpeg", "image/webp")
}
COLOUR, GREEN = (60, 160, 90), (0x1234, 0x8001, 0x40FF)
# https://www.adobe.com/digitalimag/pdfs/AdobeRGB1998.pdf and IEC 61966-2-1: to XYZ and back.
ADOBE_TO_XYZ = ((0.57667, 0.18556, 0.18823), (0.29734, 0.62736, 0.07529), (0.02703, 0.07069, 0.99134))
P3_TO_XYZ = ((0.48657, 0.26567, 0.19822), (0.22897, 0.69174, 0.07929), (0.0, 0.04511, 1.04394))
XYZ_TO_SRGB = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))


def in_srgb(colour: tuple[int, ...], gamma: float, to_xyz: tuple[tuple[float, ...], ...] | None) -> tuple[int, ...]:
    values = [(value / 255) ** gamma for value in colour]
    for matrix in (to_xyz, XYZ_TO_SRGB) if to_xyz else ():
        values = [sum(part * value for part, value in zip(row, values, strict=True)) for row in matrix]
    curve = [12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in values]
    return tuple(round(255 * min(1, max(0, value))) for value in curve)


@pytest.mark.parametrize(("media_type", "place"), [*permutations(PLACES, 2), ("image/jpeg", "image/jpeg")])
def test_a_picture_with_a_profile_keeps_its_colours(media_type: str, place: str) -> None:
    limits = PLACES[place]
    meant = profile(ADOBE_RGB, 2.2)
    options = {"lossless": True} if media_type == "image/webp" else {"quality": 95}
    data = encoded(Image.new("RGB", (64, 64), COLOUR), media_type, icc_profile=meant, **options)
    if media_type == place:
        limits = ImageLimits(media_types=limits.media_types, max_bytes=len(data) - 1)
    right = in_srgb(COLOUR, 2.2, ADOBE_TO_XYZ)
    assert not close(right, COLOUR, 15)
    assert close(pixel(decoded(fit(data, limits).data, "RGB"), (9, 9)), right, 4)


def test_a_see_through_picture_with_a_profile_keeps_both() -> None:
    data = encoded(
        Image.new("RGBA", (64, 64), (*COLOUR, 100)), "image/webp", lossless=True, icc_profile=profile(ADOBE_RGB, 2.2)
    )
    fitted = pixel(decoded(fit(data, ON_SLACK).data), (9, 9))
    assert close(fitted, (*in_srgb(COLOUR, 2.2, ADOBE_TO_XYZ), 100))


@pytest.mark.parametrize(("mode", "grey"), [("L", 90), ("LA", (90, 128)), ("I;16", 90 << 8)])
def test_grey_with_a_profile_keeps_its_brightness(mode: str, grey: int | tuple[int, ...]) -> None:
    data = encoded(Image.new(mode, (64, 64), grey), icc_profile=grey_profile(1.8))
    fitted = pixel(decoded(fit(data, PLACES["image/webp"]).data), (9, 9))
    assert close(fitted, (*in_srgb((90, 90, 90), 1.8, None), 128 if mode == "LA" else 255))


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_gamma_of_a_png_is_heeded(gamma: float, mode: str) -> None:
    image = Image.new("RGB", (64, 64), (90, 90, 90))
    image = image.quantize(2) if mode == "P" else image.convert(mode)
    data = with_chunk(encoded(image), b"gAMA", struct.pack(">I", round(100_000 / gamma)))
    fitted = pixel(decoded(fit(data, PLACES["image/webp"]).data, "RGB"), (9, 9))
    assert close(fitted, in_srgb((90, 90, 90), gamma, None))


def test_primary_colours_of_a_png_are_heeded() -> None:
    places = struct.pack(">8I", *(round(value * 100_000) for value in ADOBE_RGB))
    data = with_chunk(
        with_chunk(encoded(Image.new("RGB", (64, 64), COLOUR)), b"cHRM", places), b"gAMA", struct.pack(">I", 45_455)
    )
    assert close(
        pixel(decoded(fit(data, PLACES["image/webp"]).data, "RGB"), (9, 9)), in_srgb(COLOUR, 2.2, ADOBE_TO_XYZ)
    )


def test_colours_by_number_are_heeded_before_all_else() -> None:
    """Display P3 by cICP: https://www.w3.org/TR/png-3/#cICP-chunk."""
    plain = encoded(Image.new("RGB", (64, 64), (200, 90, 60)))
    data = with_chunk(with_chunk(plain, b"gAMA", struct.pack(">I", 100_000)), b"cICP", bytes([12, 13, 0, 1]))
    fitted = pixel(decoded(fit(data, PLACES["image/webp"]).data, "RGB"), (9, 9))
    assert close(fitted, in_srgb((200, 90, 60), 2.2, P3_TO_XYZ), 8)
    brighter = with_chunk(plain, b"cICP", bytes([9, 16, 0, 1]))  # of a screen that is brighter than sRGB
    assert close(pixel(decoded(fit(brighter, PLACES["image/webp"]).data, "RGB"), (9, 9)), (200, 90, 60))


def test_what_is_srgb_or_unreadable_changes_nothing() -> None:
    image = Image.new("RGB", (64, 64), COLOUR)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for meant in (srgb, b"no profile", srgb[:200], profile(ADOBE_RGB, 2.2)[:150]):
        data = encoded(image, "image/webp", lossless=True, icc_profile=meant)
        assert close(pixel(decoded(fit(data, PLACES["image/png"]).data, "RGB"), (9, 9)), COLOUR, 1)
    assert profile(SRGB, 1 / 0.45455) == b""


@pytest.mark.parametrize("colours", [(0, 200, 180, 20), (10, 10, 240, 0)])
def test_a_jpeg_of_printing_inks_is_shown_as_it_was(colours: tuple[int, ...]) -> None:
    data = encoded(Image.new("CMYK", (64, 64), colours), "image/jpeg", quality=95)
    assert b"Adobe" in data
    with Image.open(io.BytesIO(data)) as image:
        seen = pixel(image.convert("RGB"), (9, 9))
    for limits in (PLACES["image/png"], PLACES["image/webp"]):
        assert close(pixel(decoded(fit(data, limits).data, "RGB"), (9, 9)), seen, 6)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_keeps_what_is_transparent(depth: int) -> None:
    most = (1 << depth) - 1
    key, other = (most // 3, most) if depth > 1 else (0, 1)
    rows = [[key] * 64 + [other] * 64] * 80
    fitted = decoded(fit(grey_png(depth, rows, key), PLACES["image/webp"]).data)
    left, right = pixel(fitted, (5, 5)), pixel(fitted, (fitted.width - 5, 5))
    assert (left[3], right[3]) == (0, 255)
    assert close(right[:3], (255, 255, 255))


def test_deep_grey_beside_the_transparent_one_stays_visible() -> None:
    data = grey_png(16, [[0x8000] * 64 + [0x8001] * 64] * 80, 0x8000)
    fitted = decoded(fit(data, PLACES["image/webp"]).data)
    assert pixel(fitted, (5, 5))[3] == 0
    assert close(pixel(fitted, (120, 5)), (0x80, 0x80, 0x80, 255))


def test_deep_colour_keeps_what_is_transparent() -> None:
    data = deep_colour_png([[GREEN] * 64 + [(0xFFFF, 0, 0)] * 64] * 80, GREEN)
    fitted = decoded(fit(data, PLACES["image/webp"]).data)
    assert pixel(fitted, (5, 5))[3] == 0
    assert close(pixel(fitted, (120, 5)), (255, 0, 0, 255), 6)


def test_a_palette_keeps_what_is_transparent() -> None:
    image = Image.new("P", (80, 80), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    data = encoded(image, transparency=bytes([255, 40]))
    assert close(pixel(decoded(fit(data, PLACES["image/webp"]).data), (5, 5)), (0, 0, 255, 40), 6)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
def test_the_side_that_was_up_stays_up(media_type: str) -> None:
    image = Image.new("RGB", (80, 100), "white")
    image.paste("black", (0, 0, 80, 20))
    upright = {6: image.rotate(90, expand=True), 8: image.rotate(-90, expand=True), 3: image.rotate(180), 1: image}
    for orientation, stored in upright.items():
        data = turned(stored, media_type, orientation)
        kind = "image/png" if media_type != "image/png" else "image/jpeg"
        fitted = fit(data, PLACES[kind])
        seen = decoded(fitted.data, "RGB")
        assert seen.size == (fitted.width, fitted.height) == (80, 100)
        assert close(pixel(seen, (40, 8)), (0, 0, 0), 12)
        assert close(pixel(seen, (40, 90)), (255, 255, 255), 12)
