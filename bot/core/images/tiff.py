"""The directory of a TIFF file, in which EXIF and MPF have their fields. All of it may be wrong."""

import struct
from collections.abc import Mapping
from contextlib import suppress

ORIENTATION = 0x0112
_SHORT, _SIZES = 3, {3: 2, 4: 4, 7: 1}


def fields(data: bytes) -> Mapping[int, bytes]:
    """Return the bytes of the short, long and undefined fields of the first directory. Raises ValueError."""
    order = order_of(data)
    found: dict[int, bytes] = {}
    try:
        (start,) = struct.unpack_from(f"{order}4xI", data)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for at in range(start + 2, start + 2 + 12 * min(count, 1000), 12):
            tag, kind, number = struct.unpack_from(f"{order}HHI", data, at)
            size = number * _SIZES.get(kind, 0)
            place = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", data, at + 8)[0]
            if 0 < size <= len(data) - place:
                found[tag] = data[place : place + size]
    except struct.error as error:
        raise ValueError("a cut directory") from error
    return found


def order_of(data: bytes) -> str:
    """Return the byte order in the notation of `struct`. Raises ValueError if it isn't TIFF."""
    if data[:4] == b"II*\0":
        return "<"
    if data[:4] == b"MM\0*":
        return ">"
    raise ValueError("not TIFF")


def orientation(exif: bytes) -> int:
    """Return the orientation that EXIF tells, 1 if it can't be read."""
    with suppress(ValueError, struct.error, KeyError):
        (found,) = struct.unpack_from(f"{order_of(exif)}H", fields(exif)[ORIENTATION])
        return int(found) if 1 <= found <= 8 else 1
    return 1
