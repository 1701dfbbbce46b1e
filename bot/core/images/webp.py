"""WebP by its chunks: https://developers.google.com/speed/webp/docs/riff_container, RFC 9649."""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self

from bot.core.errors import ImageError
from bot.core.images import tiff
from bot.core.images.outline import MAX_FRAMES, MAX_PARTS, Outline

_LOSSY, _LOSSLESS, _EXTENDED, _FRAME, _ALPHA = b"VP8 ", b"VP8L", b"VP8X", b"ANMF", b"ALPH"
_ANIMATION, _XMP, _EXIF, _MANIFEST = b"ANIM", b"XMP ", b"EXIF", b"C2PA"
_IS_ANIMATED, _HAS_XMP, _HAS_ALPHA, _RESERVED = 0x02, 0x04, 0x10, 0xC1


class _Chunk(NamedTuple):
    kind: bytes
    content: memoryview

    def __bytes__(self) -> bytes:
        return _chunk(self.kind, bytes(self.content))


class _Picture(NamedTuple):
    """The chunks of one picture: its size, and whether it has transparency."""

    width: int
    height: int
    see_through: bool

    @classmethod
    def of(cls, chunks: Iterable[_Chunk]) -> Self:
        """Read the size in the pixels' own header. Raises ImageError."""
        alpha = False
        for chunk in chunks:
            if chunk.kind == _ALPHA:
                alpha = len(chunk.content) > 1
            elif chunk.kind == _LOSSY:
                return cls(*_lossy(chunk.content), alpha)
            elif chunk.kind == _LOSSLESS:
                return cls(*_lossless(chunk.content))
        raise ImageError("damaged WebP: no pixels")


def outline(data: bytes) -> Outline:
    """Read a file's outline. Raises ImageError if the picture isn't whole."""
    end = 8 + int.from_bytes(data[4:8], "little")
    chunks = list(_chunks(memoryview(data)[12:end]))
    if not chunks:
        raise ImageError("damaged WebP: no pixels")
    width, height, frames, broken = _frames(chunks)
    whole = 12 + sum(_size(chunk) for chunk in chunks)
    trouble = broken or ("its end is missing" if whole < end or end > len(data) else "")
    named = {chunk.kind: chunk.content for chunk in chunks}
    exif = bytes(named.get(_EXIF, b"")).removeprefix(b"Exif\0\0")
    return Outline(
        width=width,
        height=height,
        pixels=width * height * frames,
        orientation=tiff.orientation(exif),
        is_turned=False,
        trouble=trouble,
        xmp=bytes(named.get(_XMP, b"")),
        has_manifest=_MANIFEST in named,
    )


def first_picture(data: bytes) -> bytes:
    """Return the first picture, or an animation's first frame, with what stands before it."""
    kept: list[_Chunk] = []
    for chunk in _chunks(memoryview(data)[12:]):
        kept.append(chunk)
        if chunk.kind in {_LOSSY, _LOSSLESS, _FRAME}:
            break
    return _file([chunk for chunk in kept if chunk.kind != _MANIFEST])


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """Return the same picture with this XMP, in place of any other."""
    end = 8 + int.from_bytes(data[4:8], "little")
    chunks = [chunk for chunk in _chunks(memoryview(data)[12:end]) if chunk.kind != _XMP]
    if chunks[0].kind != _EXTENDED:
        picture = _Picture.of(chunks)
        chunks.insert(0, _Chunk(_EXTENDED, memoryview(_header(picture))))
    header = bytearray(chunks[0].content)
    header[0] |= _HAS_XMP
    return _file([_Chunk(_EXTENDED, memoryview(header)), *chunks[1:], _Chunk(_XMP, memoryview(xmp))])


def _chunks(content: memoryview) -> Iterator[_Chunk]:
    """Yield each whole chunk, up to the end or to where it was cut. Raises ImageError."""
    at = 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(content):
            return
        kind, size = struct.unpack_from("<4sI", content, at)
        if at + 8 + size > len(content):
            return
        yield _Chunk(kind, content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    raise ImageError(f"damaged WebP: more than {MAX_PARTS} chunks")


def _frames(chunks: list[_Chunk]) -> tuple[int, int, int, str]:
    """Return width, height, the number of frames, and what is wrong with later ones. Raises ImageError."""
    header = chunks[0]
    if header.kind != _EXTENDED:
        picture = _Picture.of(chunks[:1])
        return picture.width, picture.height, 1, ""
    if len(header.content) != 10 or header.content[0] & _RESERVED:
        raise ImageError("damaged WebP: no header")
    width, height = (int.from_bytes(header.content[at : at + 3], "little") + 1 for at in (4, 7))
    if not header.content[0] & _IS_ANIMATED:
        picture = _Picture.of(chunks)
        if (picture.width, picture.height) != (width, height):
            raise ImageError("damaged WebP: two sizes")
        return width, height, 1, ""
    frames = [chunk.content for chunk in chunks if chunk.kind == _FRAME]
    if not frames or not any(chunk.kind == _ANIMATION for chunk in chunks):
        raise ImageError("damaged WebP: an animation without frames")
    if len(frames) > MAX_FRAMES:
        raise ImageError(f"more than {MAX_FRAMES} frames")
    _check_frame(frames[0], width, height)
    try:
        for frame in frames[1:]:
            _check_frame(frame, width, height)
    except ImageError as error:
        return width, height, len(frames), str(error)
    return width, height, len(frames), ""


def _check_frame(frame: memoryview, width: int, height: int) -> None:
    """Check that a frame is whole and within its picture. Raises ImageError."""
    if len(frame) < 16:
        raise ImageError("damaged WebP: a frame without a header")
    left, top, wide, high = (int.from_bytes(frame[at : at + 3], "little") for at in (0, 3, 6, 9))
    picture = _Picture.of(_chunks(frame[16:]))
    if (picture.width, picture.height) != (wide + 1, high + 1):
        raise ImageError("damaged WebP: two sizes of a frame")
    if 2 * left + wide + 1 > width or 2 * top + high + 1 > height:
        raise ImageError("damaged WebP: the size of a frame")


def _lossy(content: memoryview) -> tuple[int, int]:
    """Read the header of a VP8 key frame, RFC 6386 section 9.1. Raises ImageError."""
    if len(content) < 10 or bytes(content[3:6]) != b"\x9d\x01\x2a":
        raise ImageError("damaged WebP: no picture")
    first = int.from_bytes(content[:3], "little")
    if first & 1 or (first >> 1) & 7 > 3 or not first & 0x10 or (first >> 5) > len(content) - 10:
        raise ImageError("damaged WebP: an impossible picture")
    width, height = (number & 0x3FFF for number in struct.unpack_from("<HH", content, 6))
    if not width or not height:
        raise ImageError("damaged WebP: no pixels")
    return width, height


def _lossless(content: memoryview) -> tuple[int, int, bool]:
    """Read the header of a lossless picture, RFC 9649 section 3.4. Raises ImageError."""
    if len(content) < 6 or content[0] != 0x2F or content[4] >> 5:
        raise ImageError("damaged WebP: no picture")
    sizes = int.from_bytes(content[1:5], "little")
    return (sizes & 0x3FFF) + 1, ((sizes >> 14) & 0x3FFF) + 1, bool(sizes >> 28 & 1)


def _header(picture: _Picture) -> bytes:
    sizes = (picture.width - 1).to_bytes(3, "little") + (picture.height - 1).to_bytes(3, "little")
    return bytes([_HAS_ALPHA if picture.see_through else 0, 0, 0, 0]) + sizes


def _file(chunks: Iterable[_Chunk]) -> bytes:
    content = b"".join(map(bytes, chunks))
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _size(chunk: _Chunk) -> int:
    return 8 + len(chunk.content) + len(chunk.content) % 2
