"""Images whose few bytes claim, or become, more than a machine has."""

import resource
import struct
import zlib
from collections.abc import Sequence

import pytest

from bot.core.errors import ImageError
from bot.core.images.verify import verify

ROW = zlib.compress(b"\0\1\2\3")
MANY = 2 * 1024 * 1024


def png(
    width: int, height: int, *more: tuple[bytes, bytes], pixels: bytes = ROW, depth: int = 8, kind: int = 2
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def riff(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(*chunks: bytes) -> bytes:
    return riff(b"RIFF", b"WEBP" + b"".join(chunks))


def lossless(side: int) -> bytes:
    return riff(b"VP8L", b"\x2f" + struct.pack("<I", (side - 1) | (side - 1) << 14) + bytes(8))


def canvas(side: int, *, moves: bool) -> bytes:
    size = struct.pack("<I", side - 1)[:3]
    return riff(b"VP8X", bytes([2 * moves, 0, 0, 0]) + size + size)


def frames(count: int) -> Sequence[bytes]:
    one = riff(b"ANMF", bytes(12) + b"\x0a\0\0\0" + lossless(1))
    return [riff(b"ANIM", bytes(6)), *[one] * count]


def gif(side: int, count: int = 1) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, side, side) + b"\0\x02\x02\x4c\x01\0"
    return b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(6) + frame * count + b";"


def jpeg(side: int) -> bytes:
    return (
        b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", side, side) + b"\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xd9"
    )


def most_memory() -> int:
    """Return the most that this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


UNPACKED = b"k\0\0" + zlib.compress(bytes(MANY), 9)
BOMBS = {
    "a png of many pixels": png(60_000, 60_000),
    "a png of deep pixels": png(6_400, 6_400, depth=16, kind=6),
    "a png whose text unpacks": png(1, 1, (b"zTXt", UNPACKED)),
    "a png with many such texts": png(1, 1, *[(b"zTXt", b"k\0\0" + zlib.compress(bytes(900_000), 9))] * 90),
    "a png whose profile unpacks": png(1, 1, (b"iCCP", UNPACKED)),
    "an animated png": png(6_000, 6_000, (b"acTL", struct.pack(">II", 100_000, 0))),
    "a webp of many pixels": webp(lossless(16_383)),
    "a webp that claims more than it has": webp(canvas(16_384, moves=False), lossless(1)),
    "a webp of many frames": webp(canvas(6_000, moves=True), *frames(3_000)),
    "a gif of many pixels": gif(65_535),
    "a gif of many frames": gif(1_000, 100_000),
    "a jpeg of many pixels": jpeg(65_500),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_takes_memory(bomb: str) -> None:
    before = most_memory()
    with pytest.raises(ImageError):
        verify(BOMBS[bomb])
    assert most_memory() - before < 256 * 1024


def test_what_lies_behind_the_pixels_is_not_unpacked() -> None:
    assert verify(png(1, 1, pixels=zlib.compress(b"\0\1\2\3" + bytes(MANY), 9))).width == 1
