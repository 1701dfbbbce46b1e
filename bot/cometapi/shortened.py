"""Takes images out of an answer while it arrives: each is decoded at once, and is never held as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

import pybase64

_LONG = 64 * 1024
# How much is kept of such a string, which is read like any other: more than is ever read of an address or an error.
_BEGINNING = 16 * 1024
# An answer with an image has about thirty strings.
_MOST_QUOTES = 200
_DATA_URL = re.compile(rb"data:[\w/+.=;-]{0,100};base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """An answer with only the beginnings of its images, and by these beginnings the images' bytes."""

    body: bytes = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)


class Shortening:
    """Receives an answer piece by piece. Anything unusual stays as it is.

    What lies between two quotes and is base64 to its end is a whole string, or the end of one that isn't an image.
    """

    def __init__(self) -> None:
        self._kept, self._images, self._quotes = BytesIO(), dict[str, bytes](), 0
        self.received = 0
        """How many bytes came."""
        self._text = bytearray()
        """What came since the last quote, and isn't kept or decoded yet."""
        self._decoded: BytesIO | None = None
        self._beginning = self._prefix = b""
        self._is_image = True
        """Whether what comes since the last quote may be one."""

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self.received += len(piece)
        view, at = memoryview(piece), 0
        while self._quotes < _MOST_QUOTES and (quote := piece.find(b'"', at)) >= 0:
            self._add(view[at:quote])
            self._close()
            self._kept.write(b'"')
            self._quotes, at = self._quotes + 1, quote + 1
        self._add(view[at:])

    def end(self) -> Shortened:
        """Return the answer, which has come to its end."""
        if self._decoded is not None:
            self._put_back()
        self._kept.write(self._text)
        return Shortened(body=self._kept.getvalue(), images=self._images)  # its own buffer, not a copy of it

    def _add(self, piece: memoryview) -> None:
        if not self._is_image or self._quotes == _MOST_QUOTES:
            self._kept.write(piece)
            return
        if self._decoded is not None:
            self._decode(self._decoded, piece)
            return
        self._text += piece
        if len(self._text) > _LONG:
            self._begin()

    def _begin(self) -> None:
        """Begin to decode what may be an image."""
        text, self._text = self._text, bytearray()
        head = _DATA_URL.match(text)
        start = head.end() if head else 0
        self._beginning, self._prefix = bytes(text[:_BEGINNING]), bytes(text[:start])
        self._decoded = BytesIO()
        self._decode(self._decoded, memoryview(text)[start:])

    def _decode(self, into: BytesIO, piece: memoryview) -> None:
        """Decode all but the last characters, up to four, as they may end with padding."""
        first = -len(self._text) % 4
        most = (len(piece) - first - 1) // 4 * 4
        if most <= 0:
            self._text += piece
            return
        self._text += piece[:first]
        last, rest = self._text, piece[first : first + most]
        images = _decoded(last), _decoded(rest)
        if None in images:
            self._text += piece[first:]
            self._put_back()
            return
        into.writelines(filter(None, images))
        self._text = bytearray(piece[first + most :])

    def _close(self) -> None:
        """Come to a quote, which ends what may have been an image."""
        if self._decoded is not None:
            try:
                self._decoded.write(pybase64.b64decode(self._text, validate=True))
            except ValueError:
                self._put_back()
            else:
                self._take(self._decoded.getvalue())
        self._kept.write(self._text)
        self._text.clear()
        self._is_image = True

    def _take(self, image: bytes) -> None:
        """Keep only an image's beginning, unless another image has the same."""
        if self._images.setdefault(str(self._beginning, "ascii"), image) == image:
            self._kept.write(self._beginning)
        else:
            self._kept.write(self._prefix + pybase64.b64encode(image))
        self._text.clear()
        self._decoded = None

    def _put_back(self) -> None:
        """Encode again what turned out to be no image: that gives exactly what came, since all of it was base64."""
        if self._decoded is not None:
            self._kept.write(self._prefix + pybase64.b64encode(self._decoded.getvalue()))
        self._kept.write(self._text)
        self._text.clear()
        self._decoded, self._is_image = None, False


def _decoded(text: bytearray | memoryview) -> bytes | None:
    """Decode whole groups of four characters; None if they aren't base64, or end with padding."""
    try:
        image = pybase64.b64decode(text, validate=True)
    except ValueError:
        return None
    return image if len(image) == len(text) // 4 * 3 else None
