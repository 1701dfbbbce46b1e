"""JPEG by its segments: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, appendix B."""

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from bot.core.errors import ImageError
from bot.core.images import tiff
from bot.core.images.outline import MAX_PARTS, Outline

_END, _SCAN, _APP0, _EXIF_OR_XMP, _MPF_OR_PROFILE, _MANIFEST = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEB
# Sequential and progressive frames, by Huffman's or arithmetic coding. Nothing shows lossless or hierarchical ones.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_ARITHMETIC = frozenset({0xC9, 0xCA})
_CODES, _QUANTA = 0xC4, 0xDB
# Beside these: conditions of arithmetic coding, the restart interval, applications' segments and comments.
_KNOWN = _FRAMES | {_CODES, _QUANTA, _SCAN, _END, 0xCC, 0xDD, 0xFE} | set(range(0xE0, 0xF0))
# In the pixels, a byte 0xFF is followed by a zero, a number of a restart or another 0xFF.
_AFTER_PIXELS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# Further bytes 0xFF before it fill up.
_MARKER = re.compile(rb"\xff{1,1000}[\x01-\xfe]")
_EXIF, _XMP, _MPF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"
_PICTURES = 0xB002
"""The field of MPF that lists the pictures of a file: https://www.cipa.jp/std/documents/e/DC-X007-KEY_E.pdf."""


class _Segment(NamedTuple):
    kind: int
    start: int
    end: int
    content: bytes = b""


def outline(data: bytes) -> Outline:
    """Read a file's outline. Raises ImageError if the picture isn't whole."""
    segments = list(_segments(data))
    found = _alone(segments)
    for segment in segments:
        if segment.kind == _MPF_OR_PROFILE and segment.content.startswith(_MPF):
            return _with_others(found, data, segment)
    return found


def first_picture(data: bytes) -> bytes:
    """Return the first picture alone, without the list of the others."""
    parts = [b"\xff\xd8"]
    for segment in _segments(data):
        is_list = segment.kind == _MPF_OR_PROFILE and segment.content.startswith(_MPF)
        if not is_list and segment.kind != _MANIFEST:
            parts.append(data[segment.start : segment.end])
    return b"".join(parts)


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """Return the same picture with this XMP, in place of any other. A segment has at most 65,533 bytes."""
    content = _XMP + xmp
    mark = b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
    parts, after = [b"\xff\xd8"], 2
    for segment in _segments(data):
        is_exif = segment.kind == _EXIF_OR_XMP and segment.content.startswith(_EXIF)
        if mark and segment.kind != _APP0 and not is_exif:  # readers look for these two first
            parts.append(mark)
            mark = b""
        if segment.kind in _FRAMES:  # what follows is about pixels
            break
        if not (segment.kind == _EXIF_OR_XMP and segment.content.startswith(_XMP)):
            parts.append(data[segment.start : segment.end])
        after = segment.end
    return b"".join((*parts, data[after:]))


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield each segment after the first marker, a scan with its pixels, up to the end. Raises ImageError."""
    at = 2
    for _ in range(MAX_PARTS):
        start = at
        marker = _MARKER.match(data, at)
        if marker is None:
            break
        at, kind = marker.end() - 2, data[marker.end() - 1]
        if kind == _END:
            yield _Segment(kind, start, at + 2)
            return
        length = int.from_bytes(data[at + 2 : at + 4]) if at + 4 <= len(data) else 0
        end = at + 2 + length
        if length < 2 or end > len(data):
            break
        content = data[at + 4 : end]
        if kind == _SCAN:
            after = _AFTER_PIXELS.search(data, end)
            if after is None:
                break
            end = after.start()
        yield _Segment(kind, start, end, content)
        at = end
    else:
        raise ImageError(f"damaged JPEG: more than {MAX_PARTS} segments")
    raise ImageError("damaged JPEG: its end is missing, or something else is between its segments")


def _alone(segments: list[_Segment]) -> Outline:
    """Return the outline of the first picture. Raises ImageError."""
    frames = [segment for segment in segments if segment.kind in _FRAMES]
    scans = [segment for segment in segments if segment.kind == _SCAN]
    if strange := next((segment.kind for segment in segments if segment.kind not in _KNOWN), 0):
        raise ImageError(f"a JPEG of a kind that can't be shown: {strange:#x}")
    if len(frames) != 1 or not scans or scans[0].start < frames[0].start:
        raise ImageError("damaged JPEG: no pixels, or no size before them")
    width, height = _size(frames[0].content)
    if not all(map(_is_whole, segments)) or not _has_tables(segments, frames[0]):
        raise ImageError("damaged JPEG: its tables")
    notes = [segment.content for segment in segments if segment.kind == _EXIF_OR_XMP]
    manifests = [segment.content for segment in segments if segment.kind == _MANIFEST]
    return Outline(
        width=width,
        height=height,
        pixels=width * height,
        orientation=tiff.orientation(_after(_EXIF, notes)),
        xmp=_after(_XMP, notes),
        has_manifest=any(b"c2pa" in content for content in manifests),
    )


def _after(name: bytes, contents: Iterable[bytes]) -> bytes:
    """Return what follows this name in the first content that begins with it."""
    return next((content[len(name) :] for content in contents if content.startswith(name)), b"")


def _size(frame: bytes) -> tuple[int, int]:
    """Return width and height. Raises ImageError."""
    if len(frame) < 6:
        raise ImageError("damaged JPEG: no size")
    depth, height, width, channels = struct.unpack_from(">BHHB", frame)
    if not width or not height:
        raise ImageError("damaged JPEG: no pixels")
    if depth != 8 or channels not in {1, 3, 4}:
        raise ImageError("a JPEG of a kind that can't be shown")
    sampling = frame[7::3]
    if len(frame) != 6 + 3 * channels or not all(1 <= each >> 4 <= 4 and 1 <= each & 15 <= 4 for each in sampling):
        raise ImageError("damaged JPEG: an impossible frame")
    return width, height


def _is_whole(segment: _Segment) -> bool:
    """Return whether tables and the head of a scan have as many bytes as they say; true of any other segment."""
    if segment.kind == _SCAN:
        return len(segment.content) >= 6 and len(segment.content) == 4 + 2 * segment.content[0]
    return segment.kind not in {_QUANTA, _CODES} or all(table is not None for table in _tables(segment))


def _tables(segment: _Segment) -> Iterator[int | None]:
    """Yield what each table of a segment is for, its class and number; None where it isn't whole."""
    at, content = 0, segment.content
    while at < len(content):
        use = content[at]
        if segment.kind == _QUANTA:
            size = 64 * (1 + (use >> 4))
        else:
            counts = content[at + 1 : at + 17]
            size = 16 + sum(counts)
            if sum(count << 15 - length for length, count in enumerate(counts)) > 1 << 16:
                yield None  # more codes than there are bits for
            if use >> 4 == 0 and any(bits > 15 for bits in content[at + 17 : at + 1 + size]):
                yield None  # a difference of more bits than there are
        at += 1 + size
        yield use if use >> 4 <= 1 and use & 15 <= 3 and at <= len(content) else None


def _has_tables(segments: list[_Segment], frame: _Segment) -> bool:
    """Return whether all tables are there that the pixels need: codes before each scan, quanta at all."""
    codes: set[int | None] = set()
    quanta: set[int | None] = set()
    for segment in segments:
        if segment.kind == _CODES:
            codes.update(_tables(segment))
        elif segment.kind == _QUANTA:
            quanta.update(use & 15 for use in _tables(segment) if use is not None)
        elif segment.kind == _SCAN and frame.kind not in _ARITHMETIC:
            begin, end, approximation = segment.content[-3:]
            channels, uses = segment.content[1:-3:2], segment.content[2:-3:2]
            if not set(channels) <= set(frame.content[6::3]):
                return False
            if begin == 0 and not approximation >> 4 and not codes.issuperset(use >> 4 for use in uses):
                return False
            if end and not codes.issuperset(0x10 | use & 15 for use in uses):
                return False
    return quanta.issuperset(frame.content[8::3])


def _with_others(first: Outline, data: bytes, listed: _Segment) -> Outline:
    """Return the outline of a file of several pictures; its trouble is a later one that isn't there, or not whole."""
    pixels = first.pixels
    with suppress(ValueError, struct.error, KeyError, ImageError):
        base = listed.end - len(listed.content) + len(_MPF)
        order, entries = tiff.order_of(data[base : base + 4]), tiff.fields(data[base : listed.end])[_PICTURES]
        for at in range(16, len(entries), 16):  # the first one is the file's own
            size, offset = struct.unpack_from(f"{order}4xII", entries, at)
            start = base + offset
            if data[start : start + 2] != b"\xff\xd8":
                raise ImageError("a later picture isn't there")
            other = _alone(list(_segments(data[start : start + size])))
            pixels += other.pixels
        return replace(first, pixels=pixels)
    return replace(first, pixels=pixels, trouble="a later picture")
