"""What an image's file says of itself, read without decoding a pixel."""

from dataclasses import dataclass, field
from typing import Protocol

MAX_FRAMES = 2000
"""A million frames of one pixel take long, too."""

MAX_PARTS = 6_000
"""Chunks or segments of a file. Encoders write 8 KB at a time or more, so 40 MB have 5,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A file whose first picture is whole, as far as its structure tells. The size is as stored, in pixels."""

    width: int
    height: int
    pixels: int
    """Over all frames."""
    orientation: int = 1
    """As in EXIF: 1 is upright, 5 to 8 have width and height exchanged."""
    is_turned: bool = True
    """Whether browsers turn it so."""
    trouble: str = ""
    """What is wrong beside the first picture: a side chunk, metadata, a later frame."""
    xmp: bytes = field(default=b"", repr=False)
    has_manifest: bool = False
    """Whether it has a C2PA manifest, which holds a hash of the whole file: https://spec.c2pa.org."""

    @property
    def seen(self) -> tuple[int, int]:
        """Width and height as people see them."""
        return (self.height, self.width) if self.orientation > 4 and self.is_turned else (self.width, self.height)


class Format(Protocol):
    """What the module of each format does with a file of it."""

    def outline(self, data: bytes) -> Outline:
        """Read a file's outline. Raises ImageError if the first picture isn't whole."""
        ...

    def first_picture(self, data: bytes) -> bytes:
        """Return the first picture alone, without the parts that may be wrong."""
        ...

    def with_xmp(self, data: bytes, xmp: bytes) -> bytes:
        """Return a whole file with this XMP, in place of any other."""
        ...
