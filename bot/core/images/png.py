"""PNG by its chunks: https://www.w3.org/TR/png-3. An animation is one whose later frames a reader may ignore."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from bot.core.errors import ImageError
from bot.core.images import tiff
from bot.core.images.outline import MAX_FRAMES, MAX_PARTS, Outline

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp\0"
_MANIFEST = b"caBX"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
# What the picture looks like depends on these too.
_LOOKS = (b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"pHYs", b"eXIf")
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Deflate makes at most 1,032 bytes of one: https://zlib.net/zlib_tech.html
_EXPANSION = 1032
_MAX_PROFILE, _MAX_XMP = 4 * 1024 * 1024, 256 * 1024


class _Chunk(NamedTuple):
    kind: bytes
    whole: memoryview
    """With its length and checksum."""

    @property
    def content(self) -> memoryview:
        return self.whole[8:-4]

    @property
    def is_right(self) -> bool:
        return zlib.crc32(self.whole[4:-4]) == int.from_bytes(self.whole[-4:])


def outline(data: bytes) -> Outline:
    """Read a file's outline. Raises ImageError if the picture isn't whole."""
    chunks = list(_chunks(data))
    width, height = _size(chunks)
    animated = any(chunk.kind == b"acTL" for chunk in chunks)
    trouble = _check_picture(chunks, width, height, animated=animated)
    after = len(SIGNATURE) + sum(len(chunk.whole) for chunk in chunks)
    if chunks[-1].kind == b"IEND" and after < len(data):
        trouble = trouble or "bytes after the end"
    wrong = [chunk.kind for chunk in chunks if not chunk.is_right]
    if critical := next((kind for kind in wrong if kind in _CRITICAL), b""):
        raise ImageError(f"damaged PNG: the checksum of {critical.decode()}")
    frames = _frames(chunks) if animated else 1
    if wrong:
        trouble = f"the checksum of {wrong[0].decode('latin-1')}"
    elif animated:
        trouble = trouble or _check_frames(chunks, width, height)
    exif = next((bytes(chunk.content) for chunk in chunks if chunk.kind == b"eXIf" and chunk.is_right), b"")
    return Outline(
        width=width,
        height=height,
        pixels=width * height * frames,
        orientation=tiff.orientation(exif),
        trouble=trouble,
        xmp=next(filter(None, map(_xmp, chunks)), b""),
        has_manifest=any(chunk.kind == _MANIFEST for chunk in chunks),
    )


def first_picture(data: bytes) -> bytes:
    """Return the first picture alone, with XMP and what its looks depend on, as far as that is right."""
    chunks = [chunk for chunk in _chunks(data) if chunk.is_right]
    kept = (chunk for chunk in chunks if _is_xmp(chunk) or (chunk.kind in _LOOKS and _is_readable(chunk)))
    looks = {chunk.kind: chunk.whole for chunk in kept}
    pixels = [chunk.whole for chunk in chunks if chunk.kind == b"IDAT"]
    return b"".join((SIGNATURE, chunks[0].whole, *looks.values(), *pixels, _chunk(b"IEND")))


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """Return the same picture with this XMP, in place of any other."""
    kept = [chunk.whole for chunk in _chunks(data) if not _is_xmp(chunk)]
    mark = _chunk(b"iTXt", _XMP + bytes(4) + xmp)
    return b"".join((SIGNATURE, kept[0], mark, *kept[1:]))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield each whole chunk up to the end, or to where the file was cut. Raises ImageError."""
    at, end, view = len(SIGNATURE), len(data), memoryview(data)
    for _ in range(MAX_PARTS):
        if at + 12 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > end:
            return
        if not kind.isalpha():
            raise ImageError("damaged PNG: a chunk without a name")
        yield _Chunk(kind, view[at : at + 12 + length])
        if kind == b"IEND":
            return
        at += 12 + length
    raise ImageError(f"damaged PNG: more than {MAX_PARTS} chunks")


def _size(chunks: list[_Chunk]) -> tuple[int, int]:
    if not chunks or chunks[0].kind != b"IHDR" or len(chunks[0].content) != 13:
        raise ImageError("damaged PNG: no header")
    width, height, depth, colours, method, filters, interlaced = struct.unpack(">IIBBBBB", chunks[0].content)
    if depth not in _DEPTHS.get(colours, ()) or method or filters or interlaced > 1:
        raise ImageError("damaged PNG: an impossible header")
    if not width or not height:
        raise ImageError("damaged PNG: no pixels")
    return width, height


def _check_picture(chunks: list[_Chunk], width: int, height: int, *, animated: bool) -> str:
    """Check the chunks of the first picture, and return what is wrong behind them. Raises ImageError."""
    kinds = [chunk.kind for chunk in chunks]
    if strange := next((kind for kind in kinds if not kind[0] & 0x20 and kind not in _CRITICAL), b""):
        raise ImageError(f"damaged PNG: an unknown chunk {strange!r}")
    depth, colours = chunks[0].content[8:10]
    if kinds.count(b"IHDR") != 1 or b"IDAT" not in kinds:
        raise ImageError("damaged PNG: no picture, or several")
    first = kinds.index(b"IDAT")
    palettes = [len(chunk.content) for chunk in chunks[:first] if chunk.kind == b"PLTE"]
    if (colours == 3 and not palettes) or any(size % 3 or not 0 < size <= 768 for size in palettes):
        raise ImageError("damaged PNG: no palette")
    pixels = [chunk.content for chunk in chunks if chunk.kind == b"IDAT"]
    if kinds[first : first + len(pixels)] != [b"IDAT"] * len(pixels):
        raise ImageError("damaged PNG: the pixels are in pieces")
    _check_stream(b"".join(bytes(part[:2]) for part in pixels[:2] if len(part))[:2])
    least = height * (1 + (width * depth * _CHANNELS[colours] + 7) // 8) if not chunks[0].content[12] else height
    if sum(map(len, pixels)) * _EXPANSION < least:
        raise ImageError("damaged PNG: too few bytes for its pixels")
    if kinds[-1] == b"IEND":
        return ""
    if animated and first + len(pixels) < len(kinds):
        return "its end is missing"
    raise ImageError("damaged PNG: its end is missing")


def _check_stream(start: bytes) -> None:
    """Check the header of a zlib stream, RFC 1950. Raises ImageError."""
    number = int.from_bytes(start)
    if len(start) < 2 or number % 31 or start[0] & 0x0F != 8 or start[0] >> 4 > 7 or start[1] & 0x20:
        raise ImageError("damaged PNG: the pixels aren't compressed as they should be")


def _frames(chunks: list[_Chunk]) -> int:
    """Return how many pictures an animation has, the one included that others see. Raises ImageError."""
    kinds = [chunk.kind for chunk in chunks]
    frames = kinds.count(b"fcTL") + (b"fcTL" not in kinds[: kinds.index(b"IDAT")])
    if frames > MAX_FRAMES:
        raise ImageError(f"more than {MAX_FRAMES} frames")
    return frames


def _check_frames(chunks: list[_Chunk], width: int, height: int) -> str:
    """Return what is wrong with an animation's frames."""
    controls = [chunk.content for chunk in chunks if chunk.kind == b"fcTL"]
    declared = [chunk.content for chunk in chunks if chunk.kind == b"acTL"]
    if len(declared) != 1 or len(declared[0]) != 8 or int.from_bytes(declared[0][:4]) != len(controls):
        return "the number of frames"
    parts = [chunk.content for chunk in chunks if chunk.kind in {b"fcTL", b"fdAT"}]
    if [int.from_bytes(part[:4]) for part in parts] != list(range(len(parts))):
        return "the order of frames"
    for control in controls:
        if len(control) != 26:
            return "a frame"
        wide, high, left, top = struct.unpack_from(">4x4I", control)
        if not wide or not high or left + wide > width or top + high > height:
            return "the size of a frame"
    return "" if _each_has_pixels([chunk.kind for chunk in chunks]) else "a frame without pixels"


def _each_has_pixels(kinds: Iterable[bytes]) -> bool:
    waiting = False
    for kind in kinds:
        if kind == b"fcTL":
            if waiting:
                return False
            waiting = True
        elif kind in {b"IDAT", b"fdAT"}:
            waiting = False
    return not waiting


def _is_xmp(chunk: _Chunk) -> bool:
    return chunk.kind == b"iTXt" and bytes(chunk.content[: len(_XMP)]) == _XMP


def _xmp(chunk: _Chunk) -> bytes:
    """Return the XMP of a chunk: in UTF-8 after a language and a translated keyword, compressed or not."""
    if not _is_xmp(chunk) or not chunk.is_right:
        return b""
    content = bytes(chunk.content[len(_XMP) :])
    text = content[2:].split(b"\0", 2)[-1]
    return _inflated(text, _MAX_XMP) if content[:1] == b"\1" else text


def _is_readable(chunk: _Chunk) -> bool:
    """Return whether a colour profile can be read: it is compressed, after a name and a method."""
    return chunk.kind != b"iCCP" or bool(_inflated(bytes(chunk.content).partition(b"\0")[2][1:], _MAX_PROFILE))


def _inflated(data: bytes, most: int) -> bytes:
    """Return what was compressed, empty if it is damaged or has more bytes than `most`."""
    with suppress(zlib.error):
        stream = zlib.decompressobj()
        inflated = stream.decompress(data, most)
        return inflated if stream.eof else b""
    return b""


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
