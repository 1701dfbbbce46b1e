"""Reads JSON as gateways send it: in any encoding, and with no more parts than an answer can have."""

import json
import re
from contextlib import suppress

IMAGE_MEMBERS = 1000
"""An answer with an image has about thirty members. A million empty ones would be half a gigabyte once parsed."""
LIST_MEMBERS = 100_000
"""The gateway's list has three hundred records of about thirty members."""
_DEPTH = 64

# Strings are passed over as a whole, also one that never ends. A number or a word counts by the comma beside it.
_PART = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]|,', re.DOTALL)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class TooManyParts(ValueError):
    """More members, or nested more deeply, than such an answer has."""


def read_json(body: bytes, *, content_type: str = "", members: int = IMAGE_MEMBERS) -> object:
    """Parse JSON. None if it isn't valid. Raises TooManyParts, before anything is parsed."""
    check_parts(body, members)
    try:
        payload: object = json.loads(text(body, content_type))
    except (ValueError, RecursionError):
        return None
    return payload


def check_parts(body: bytes, members: int) -> None:
    """Count the members of all objects and arrays in one pass, without building any. Raises TooManyParts."""
    # Most answers have one long string and little else, so that this is enough.
    opened = body.count(b"{") + body.count(b"[")
    if opened <= _DEPTH and opened + body.count(b",") <= members:
        return
    count = depth = 0
    for part in _PART.finditer(body):
        match part[0]:
            case b"," | b"[" | b"{" as sign:
                count += 1
                depth += sign != b","
            case b"]" | b"}":
                depth -= 1
        if count > members or depth > _DEPTH:
            raise TooManyParts(f"more than {members} members, or {_DEPTH} levels of them")


def text(body: bytes, content_type: str = "") -> str:
    """Decode a body: as JSON has to be, else as it says, else as Chinese gateways do; at last with replacements."""
    named = _CHARSET.search(content_type)
    for encoding in (json.detect_encoding(body), named[1] if named else "", "gb18030"):
        with suppress(UnicodeDecodeError, LookupError):
            return body.decode(encoding)
    return body.decode("utf-8", "replace")
