"""The wait that an answer asks for, read for every service in one place. An odd value counts as no wait."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

LONGEST = 600.0
"""A service that asks for more than these seconds isn't taken at its word, unless the caller knows that it means it."""

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{0,20})?")
_LONGEST_DATE = 100


def retry_after(headers: Mapping[str, str], *, longest: float = LONGEST) -> float | None:
    """Return the seconds in `Retry-After-Ms` or `Retry-After`, which may also be a date.

    None if neither has a number from 0 to `longest`: then the caller's own pause is right.
    """
    said = {name.lower(): value for name, value in headers.items()}
    given = said.get("retry-after", "")
    thousandths = seconds(said.get("retry-after-ms"))
    asked = _first(None if thousandths is None else thousandths / 1000, seconds(given), _until(given, said.get("date")))
    return asked if asked is not None and asked <= longest else None


def seconds(given: object) -> float | None:
    """Return a finite number that is not negative, as it is in a header or in JSON; None if it is anything else."""
    if isinstance(given, str):
        return float(given) if _NUMBER.fullmatch(given := given.strip()) else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    # A larger integer may be too large for a float.
    return float(given) if 0 <= given < 1e20 and math.isfinite(given) else None


@lru_cache(maxsize=16)  # the answers of one second have the same
def http_date(given: str) -> datetime | None:
    """Return the moment that a header names; None if it can't be read, or has no time zone."""
    try:
        moment = parsedate_to_datetime(given[:_LONGEST_DATE])
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _until(given: str, date: str | None) -> float | None:
    """Return the seconds until a moment, by the clock that names it: the machine's own may be wrong."""
    moment = http_date(given)
    if moment is None:
        return None
    left = (moment - (http_date(date or "") or datetime.now(UTC))).total_seconds()
    return max(left, 0.0)


def _first(*read: float | None) -> float | None:
    return next((each for each in read if each is not None), None)
