"""GIF by its blocks: https://www.w3.org/Graphics/GIF/spec-gif89a.txt."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bot.core.errors import ImageError
from bot.core.images.outline import MAX_FRAMES, Outline

_EXTENSION, _PICTURE, _END = 0x21, 0x2C, 0x3B
_APPLICATION = 0xFF
_XMP, _MANIFEST = b"\x0bXMP DataXMP", b"\x0bC2PA_GIF"
# A reader that takes the text before it for blocks jumps into it, and comes out at its end.
_XMP_END = bytes([1, *range(255, -1, -1), 0])
_MAX_BLOCKS = 200_000
"""Encoders make blocks of 255 bytes: 40 MB have fewer than so many."""


class _Part(NamedTuple):
    """A picture or an extension. `content` is where its blocks begin."""

    kind: int
    start: int
    content: int
    end: int


def outline(data: bytes) -> Outline:
    """Read a file's outline. Raises ImageError if the picture isn't whole."""
    pictures, trouble, ended = 0, "", False
    xmp, has_manifest = b"", False
    try:
        for part in _parts(data):
            ended = part.kind == _END
            pictures += part.kind == _PICTURE
            if part.kind == _EXTENSION and data[part.start + 1] == _APPLICATION:
                content = data[part.content : part.end]
                has_manifest = has_manifest or content.startswith(_MANIFEST)
                if content.startswith(_XMP) and content.endswith(_XMP_END):
                    xmp = content[len(_XMP) : -len(_XMP_END)]
    except ImageError as error:
        if not pictures:
            raise
        trouble = str(error)
    if not pictures:
        raise ImageError("damaged GIF: no pixels")
    if pictures > MAX_FRAMES:
        raise ImageError(f"more than {MAX_FRAMES} frames")
    width, height = _size(data)
    return Outline(
        width=width,
        height=height,
        pixels=width * height * pictures,
        trouble=trouble or ("" if ended else "its end is missing"),
        xmp=xmp,
        has_manifest=has_manifest,
    )


def first_picture(data: bytes) -> bytes:
    """Return the file up to the end of its first picture."""
    for part in _parts(data):
        if part.kind == _PICTURE:
            return data[: part.end] + bytes([_END])
    raise ImageError("damaged GIF: no pixels")


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """Return the same picture with this XMP, in place of any other."""
    mark = bytes([_EXTENSION, _APPLICATION]) + _XMP + xmp + _XMP_END
    kept, after = [b"GIF89a" + data[6 : _first(data)]], 0
    for part in _parts(data):
        is_application = part.kind == _EXTENSION and data[part.start + 1] == _APPLICATION
        if mark and not is_application:  # how often an animation is repeated has to come first
            kept.append(mark)
            mark = b""
        if not (is_application and data.startswith(_XMP, part.content)):
            kept.append(data[part.start : part.end])
        after = part.end
    return b"".join((*kept, data[after:]))


def _size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    if not width or not height:
        raise ImageError("damaged GIF: no pixels")
    return width, height


def _first(data: bytes) -> int:
    """Return where the first part begins: after the header and the colours for all pictures. Raises ImageError."""
    if len(data) < 13:
        raise ImageError("damaged GIF: no header")
    return 13 + _colours(data[10])


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield each whole part, the end as the last one. Raises ImageError at one that isn't whole."""
    at, blocks = _first(data), _MAX_BLOCKS
    width, height = _size(data)
    while at < len(data):
        kind = data[at]
        if kind == _END:
            yield _Part(kind, at, at + 1, at + 1)
            return
        if kind == _EXTENSION:
            content = at + 2
        elif kind == _PICTURE and at + 11 <= len(data):
            left, top, wide, high, flags = struct.unpack_from("<4HB", data, at + 1)
            content = at + 10 + _colours(flags) + 1
            if not wide or not high or left + wide > width or top + high > height:
                raise ImageError("damaged GIF: the size of a picture")
            if content > len(data) or not 0 < data[content - 1] <= 11:
                raise ImageError("damaged GIF: impossible pixels")
        else:
            raise ImageError("damaged GIF: something else than a picture")
        end, used = _after_blocks(data, content, blocks)
        if kind == _PICTURE and used < 2:
            raise ImageError("damaged GIF: a picture without pixels")
        blocks -= used
        yield _Part(kind, at, content, end)
        at = end


def _after_blocks(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return where a series of blocks ends, and how many they are with the empty one. Raises ImageError."""
    try:
        for number in range(1, most + 1):
            size = data[at]
            at += size + 1
            if not size:
                return at, number
    except IndexError as error:
        raise ImageError("damaged GIF: its end is missing") from error
    raise ImageError("damaged GIF: too many blocks")
