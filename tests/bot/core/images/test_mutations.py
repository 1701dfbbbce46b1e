"""A thousand damages of each format: an image that Pillow can't decode is refused, or of a kind that is listed here."""

import io
import random
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from bot.core.errors import ImageError
from bot.core.images.verify import verify
from tests.support.pictures import FORMATS, animated, chunk, chunks, encoded, of_chunks, soft

MUTATIONS = 1000
# Damages that Pillow refuses, and the check lets pass. No viewer can know it either before it decodes each pixel.
LET_PASS = {
    "image/png": "nothing",
    "image/jpeg": "codes of pixels that aren't in its tables, or in a scan that doesn't continue the one before it",
    "image/webp": "the pixels' own bytes, which have no checksum: they begin with the size and the first partition",
    "image/gif": "the pixels' own bytes, which have no checksum: codes that don't exist yet, or an end too early",
}


def pictures(media_type: str) -> list[bytes]:
    size = (96, 64)
    found = [encoded(soft(size), media_type)]
    if media_type == "image/jpeg":
        return [*found, encoded(soft(size), media_type, progressive=True)]
    frames = [soft((48, 32)).rotate(90 * turn) for turn in range(3)]
    return [*found, encoded(soft(size, "RGBA"), media_type), animated(media_type, *frames)]


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Return the bytes with a bit turned, or some exchanged, cut off, cut out, put in, zeroed or copied."""
    found, at, few = bytearray(data), chance.randrange(len(data)), chance.randint(1, 16)
    mutations: list[Callable[[], object]] = [
        lambda: found.__setitem__(at, found[at] ^ 1 << chance.randrange(8)),
        lambda: found.__setitem__(slice(at, at + few), chance.randbytes(few)),
        lambda: found.__delitem__(slice(at, None)),
        lambda: found.__delitem__(slice(at, at + few)),
        lambda: found.__setitem__(slice(at, at), chance.randbytes(few)),
        lambda: found.__setitem__(slice(at, at + 12 * few), bytes(len(found[at : at + 12 * few]))),
        lambda: found.__setitem__(slice(at, at + few), found[few : 2 * few]),
        lambda: found.__setitem__(at % 64, chance.randrange(256)),
    ]
    chance.choice(mutations)()
    return bytes(found)


def first_pixels(media_type: str, data: bytes) -> int:
    """Return where the bytes of the first picture's pixels begin."""
    begin = {"image/jpeg": [b"\xff\xda"], "image/webp": [b"VP8 ", b"VP8L", b"ALPH"], "image/gif": [b"\x2c\0\0\0\0"]}
    return min(at for start in begin[media_type] if (at := data.find(start)) >= 0)


def is_decoded(data: bytes, media_type: str) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                image.load()
    except Exception:  # noqa: BLE001  (all that Pillow raises)
        return False
    return True


def let_pass(media_type: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield each picture before and after a damage that Pillow refuses and the check lets pass as it is."""
    chance, whole = random.Random(3), pictures(media_type)
    for number in range(MUTATIONS):
        before = whole[number % len(whole)]
        after = mutated(chance, before)
        try:
            image = verify(after)
        except ImageError:
            continue
        if image.data != after:  # the first picture alone, which is decoded by then
            assert is_decoded(image.data, media_type)
        elif not is_decoded(after, media_type):
            yield before, after


@pytest.mark.filterwarnings("ignore:Invalid APNG")
@pytest.mark.parametrize("media_type", FORMATS)
def test_what_passes_and_can_not_be_decoded_is_damaged_in_its_pixels_alone(media_type: str) -> None:
    found = list(let_pass(media_type))
    assert bool(found) == (LET_PASS[media_type] != "nothing")
    for before, after in found:
        start = first_pixels(media_type, before)
        assert after[:start] == before[:start], LET_PASS[media_type]


def test_damage_under_a_right_checksum_is_what_a_png_lets_pass() -> None:
    """Its pixels are compressed: only who inflates them sees it. Their beginning and their number are looked at."""
    parts = chunks(encoded(soft((96, 64))))
    at = next(number for number, part in enumerate(parts) if part[4:8] == b"IDAT")
    pixels = parts[at][8:-4]

    def png(content: bytes) -> bytes:
        return of_chunks(*parts[:at], chunk(b"IDAT", content), *parts[at + 1 :])

    inside = png(pixels[:500] + bytes(100) + pixels[600:])
    assert verify(inside).data == inside
    assert not is_decoded(inside, "image/png")
    for known in (b"\0\0" + pixels[2:], pixels[:10], b""):
        with pytest.raises(ImageError):
            verify(png(known))
