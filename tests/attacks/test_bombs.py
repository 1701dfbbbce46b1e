"""Images of one pixel, with a few bytes beside it that unpack to many. The images' tests have those of many pixels."""

import resource
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from bot.core.errors import ImageError
from bot.core.image import ImageLimits
from bot.core.images.fit import fit
from bot.core.images.verify import verify

SHOWN_AS = ImageLimits(media_types=frozenset({"image/jpeg"}))
MIB = 1024 * 1024


def most_memory() -> int:
    """Return the most that this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@cache
def packed(mib: int) -> bytes:
    """Pack zeros, a piece at a time: this process must not have had them all."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(bytes(MIB)) for _ in range(mib)), packer.flush()])


def png(*more: tuple[bytes, bytes], pixels: bytes = zlib.compress(b"\0\1\2\3")) -> bytes:
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


# Made only where its test runs: to pack is most of the work, and every process of the tests would do it.
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "text": lambda: png((b"zTXt", b"k\0\0" + packed(200))),
    "text in any language": lambda: png((b"iTXt", b"k\0\1\0\0\0" + packed(200))),
    "many texts": lambda: png(*[(b"zTXt", b"k\0\0" + packed(1))] * 200),
    "a profile": lambda: png((b"iCCP", b"k\0\0" + packed(200))),
    "pixels behind the last one": lambda: png(pixels=packed(200)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_beside_an_image_takes_no_memory(name: str) -> None:
    bomb = BOMBS[name]()
    before = most_memory()
    try:
        assert verify(bomb).width == 1
        assert fit(bomb, SHOWN_AS).width == 1
    except ImageError:
        pass
    assert most_memory() - before < 100 * 1024
