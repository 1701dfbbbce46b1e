"""Which language a visitor reads: the one that they chose on the page, else what their browser asks for. Pure."""

import re
from functools import lru_cache

COOKIE = "imagine_language"
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_QUALITY = re.compile(r"q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


@lru_cache(maxsize=64)  # a browser asks for the same with each request
def wanted(*, chosen: str, accepted: str) -> tuple[str, ...]:
    """Return the languages that a visitor reads, the best first.

    `chosen` is what the cookie says, or empty; `accepted` is the header `Accept-Language`:
    https://www.rfc-editor.org/rfc/rfc9110#name-accept-language
    """
    ranges = (_range(part) for part in accepted.split(","))
    found = sorted((each for each in ranges if each), key=lambda each: each[0], reverse=True)
    tags = tuple(tag for quality, tag in found if quality > 0)
    return (chosen, *tags) if _TAG.fullmatch(chosen) else tags


def _range(part: str) -> tuple[float, str] | None:
    tag, _, weight = (each.strip() for each in part.partition(";"))
    if not _TAG.fullmatch(tag) or (weight and not _QUALITY.fullmatch(weight)):
        return None
    return (float(weight[2:]) if weight else 1.0), tag
