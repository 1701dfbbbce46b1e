"""Takes images out of an answer before it is parsed: each is decoded where it lies, and never becomes text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pybase64

_LONG = 64 * 1024
# What stays of such a string, so that it is read by the same rules: more than is ever read of an address or an error.
_BEGINNING = 16 * 1024
# An answer with an image has about thirty strings.
_MOST_QUOTES = 200
_DATA_URL = re.compile(rb"data:[\w/+.=;-]{0,100};base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """An answer with only the beginnings of its images, and by these beginnings the images' bytes."""

    body: bytes = field(repr=False)
    images: Mapping[str, bytes] = field(repr=False)


def shortened(body: bytes) -> Shortened:
    """Return an answer without its images. One that is unusual in any way stays as it is.

    What lies between two quotes and is base64 to its end is a whole string, or the end of one that is no image.
    """
    view, kept = memoryview(body), list[memoryview]()
    images: dict[str, bytes] = {}
    done, opening = 0, body.find(b'"')
    for _ in range(_MOST_QUOTES):
        closing = body.find(b'"', opening + 1) if opening >= 0 else -1
        if closing < 0:
            break
        if closing - opening > _LONG and (image := _image(view[opening + 1 : closing])):
            beginning = view[opening + 1 : opening + 1 + _BEGINNING]
            if images.setdefault(str(beginning, "ascii"), image) != image:
                return Shortened(body=body, images={})
            kept.append(view[done : opening + 1 + _BEGINNING])
            done = closing
        opening = closing
    return Shortened(body=b"".join([*kept, view[done:]]) if images else body, images=images)


def _image(content: memoryview) -> bytes | None:
    """Return what is between two quotes, decoded; None if it isn't base64, or a data URL of it."""
    head = _DATA_URL.match(content)
    try:
        return pybase64.b64decode(content[head.end() :] if head else content, validate=True)
    except ValueError:
        return None
