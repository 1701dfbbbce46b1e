"""Trouble beside the picture: metadata, side chunks and later frames that are damaged cost nobody the picture."""

import zlib
from collections.abc import Mapping

import pytest

from bot.core.errors import ImageError
from bot.core.images.verify import verify
from tests.support import pictures
from tests.support.pictures import animated, chunk, chunks, decoded, encoded, of_chunks, soft, turned, with_chunk

FIRST, SECOND = soft((48, 32)), soft((48, 32)).rotate(180)
PNG, SEE_THROUGH = encoded(FIRST), encoded(soft((48, 32), "RGBA"))
MOVING = animated("image/webp", FIRST, SECOND)
TWO = pictures.of_several(FIRST, SECOND)
TROUBLE: Mapping[str, tuple[bytes, bytes]] = {
    "PNG, a wrong checksum in iCCP": (with_chunk(PNG, b"iCCP", b"p\0\0" + zlib.compress(b"-"), wrong=True), PNG),
    "PNG, a wrong checksum in cICP": (with_chunk(PNG, b"cICP", b"\x0c\x0d\0\1", wrong=True), PNG),
    "PNG, a wrong checksum in text": (with_chunk(SEE_THROUGH, b"tEXt", b"Author\0-", wrong=True), SEE_THROUGH),
    "PNG, a wrong checksum behind the pixels": (
        of_chunks(*chunks(PNG)[:-1], chunk(b"tIME", bytes(7), wrong=True), chunks(PNG)[-1]),
        PNG,
    ),
    "PNG, bytes after its end": (PNG + b"PK\3\4", PNG),
    "APNG, frames out of order": (pictures.out_of_order(animated("image/png", FIRST, SECOND, FIRST.rotate(90))), PNG),
    "APNG, its second frame cut off": (animated("image/png", FIRST, SECOND)[:-400], PNG),
    "APNG, more frames announced than there are": (
        of_chunks(
            *(
                chunk(b"acTL", b"\0\0\0\x09\0\0\0\0") if part[4:8] == b"acTL" else part
                for part in chunks(animated("image/png", FIRST, SECOND))
            )
        ),
        PNG,
    ),
    "JPEG, its second picture cut off": (TWO[: len(TWO) - 300], encoded(FIRST, "image/jpeg")),
    "JPEG, its second picture removed": (TWO[: TWO.rindex(b"\xff\xd8\xff")], encoded(FIRST, "image/jpeg")),
    "GIF, its second frame cut off": (animated("image/gif", FIRST, SECOND)[:-200], encoded(FIRST, "image/gif")),
    "GIF, its end missing": (encoded(FIRST, "image/gif")[:-1], encoded(FIRST, "image/gif")),
    "WebP, its second frame cut off": (MOVING[:-60], MOVING),
    "WebP, its metadata cut off": (turned(FIRST, "image/webp", 1)[:-6], encoded(FIRST, "image/webp")),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_the_first_picture_is_kept_without_what_is_damaged(trouble: str) -> None:
    data, whole = TROUBLE[trouble]
    image = verify(data)
    assert image.data != data
    assert decoded(image.data).tobytes() == decoded(whole).tobytes()
    assert verify(image.data) == image
    assert (image.width, image.height) == (48, 32)


def test_metadata_of_any_size_is_neither_read_nor_a_reason_to_refuse() -> None:
    for kind, content in ((b"zTXt", b"Raw\0\0"), (b"iCCP", b"p\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")):
        data = with_chunk(PNG, kind, content + zlib.compress(bytes(20_000_000)))
        assert verify(data).data is data


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"IEND"])
def test_a_wrong_checksum_of_the_picture_itself_is_damage(kind: bytes) -> None:
    broken = [part[:-1] + bytes([part[-1] ^ 1]) if part[4:8] == kind else part for part in chunks(PNG)]
    with pytest.raises(ImageError):
        verify(of_chunks(*broken))


def test_pixels_that_are_damaged_too_are_refused() -> None:
    parts = chunks(with_chunk(PNG, b"cICP", b"\x0c\x0d\0\1", wrong=True))
    at = next(number for number, part in enumerate(parts) if part[4:8] == b"IDAT")
    pixels = bytearray(parts[at][8:-4])
    pixels[300:400] = bytes(100)
    with pytest.raises(ImageError):
        verify(of_chunks(*parts[:at], chunk(b"IDAT", bytes(pixels)), *parts[at + 1 :]))


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_size_is_the_one_that_people_see(media_type: str, orientation: int) -> None:
    data = turned(FIRST, media_type, orientation)
    image = verify(data)
    assert image.data is data
    is_turned = orientation > 4 and media_type != "image/webp"  # Chromium turns no WebP
    assert (image.width, image.height) == ((32, 48) if is_turned else (48, 32))


def test_damaged_exif_is_no_damage_of_the_picture() -> None:
    data = turned(FIRST, "image/jpeg", 6)
    at = data.index(b"Exif\0\0") + 6
    for broken in (bytes(8), b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"):
        assert verify(data[:at] + broken + data[at + len(broken) :]).width == 48
