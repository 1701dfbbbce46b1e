"""Images of a pixel, beside which a few bytes unpack to many: what claims many pixels is among the images' tests."""

import resource
import struct
import zlib

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


def packed(mib: int) -> bytes:
    """Pack zeros, a piece at a time: this process must not have had them all."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(bytes(MIB)) for _ in range(mib)), packer.flush()])


PACKED, SMALL = packed(200), packed(1)


def png(*more: tuple[bytes, bytes], pixels: bytes = zlib.compress(b"\0\1\2\3")) -> bytes:
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


@pytest.mark.parametrize(
    "bomb",
    [
        png((b"zTXt", b"k\0\0" + PACKED)),
        png((b"iTXt", b"k\0\1\0\0\0" + PACKED)),
        png(*[(b"zTXt", b"k\0\0" + SMALL)] * 200),
        png((b"iCCP", b"k\0\0" + PACKED)),
        png(pixels=PACKED),
    ],
    ids=["text", "text in any language", "many texts", "a profile", "pixels behind the last one"],
)
def test_what_unpacks_beside_an_image_takes_no_memory(bomb: bytes) -> None:
    before = most_memory()
    try:
        assert verify(bomb).width == 1
        assert fit(bomb, SHOWN_AS).width == 1
    except ImageError:
        pass
    assert most_memory() - before < 100 * 1024
