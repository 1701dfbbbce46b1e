"""Totals: what the jobs of one person, or of everybody, count for in a window, without a look at each job.

A window is summed up of whole days, and of quarters of an hour, at which the days of every time zone begin.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Subquery, bindparam, func, select, union_all

from bot.core.model import Window
from storage.ledger.tables import Microseconds, jobs, totals

EVERYBODY = "*"
"""The scope of all people together. It sorts before each person's id: totals are locked in this order."""
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
_IN_A_DAY = DAY // QUARTER
_NAMES = ("used", "reserved", "doubt", "billed")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANGES = {"days": DAY, "before": QUARTER, "after": QUARTER}
"""What a window is made of, by the names of the parameters: whole days, and the quarters before and after them."""
USER: BindParameter[str] = bindparam("user")


def sums(user: BindParameter[str] | None, *, by_totals: bool) -> Subquery:
    """Return the query for what jobs of a user, or of everybody, count for, with the parameters of `bounds`."""
    if by_totals:
        return _by_totals(bindparam("everybody", EVERYBODY) if user is None else user)
    from storage.ledger.counted import COUNTED, SUMS  # here, since to build the sums takes a while, and few need them

    since, before = (bindparam(name, type_=Microseconds) for name in ("since", "before"))
    own = () if user is None else (jobs.c.user_id == user,)
    within = (jobs.c.created_at >= since, jobs.c.created_at < before)
    return select(*(each.label(name) for name, each in SUMS.items())).where(*own, *within, COUNTED).subquery()


def _by_totals(scope: BindParameter[str]) -> Subquery:
    parts = (
        select(*(totals.c[name] for name in _NAMES)).where(
            totals.c.scope == scope,
            totals.c.minutes == minutes_of(each),
            totals.c.span >= bindparam(f"{name}_from"),
            totals.c.span < bindparam(f"{name}_to"),
        )
        for name, each in _RANGES.items()
    )
    every = union_all(*parts).subquery()
    return select(*(func.coalesce(func.sum(every.c[name]), 0).label(name) for name in _NAMES)).subquery()


def fit(window: Window) -> bool:
    """Return whether a window begins and ends where spans do: only zones that count leap seconds have others."""
    return not ((window.start - EPOCH) % QUARTER or (window.end - EPOCH) % QUARTER)


def bounds(window: Window) -> Mapping[str, Any]:
    """Return a window as the parameters of `sums`."""
    first, end = (window.start - EPOCH) // QUARTER, (window.end - EPOCH) // QUARTER
    day = -(-first // _IN_A_DAY)
    last = max(day, end // _IN_A_DAY)
    return {
        "since": window.start,
        "before": window.end,
        "before_from": first,
        "before_to": min(end, day * _IN_A_DAY),
        "days_from": day,
        "days_to": last,
        "after_from": last * _IN_A_DAY,
        "after_to": end,
    }


def minutes_of(kind: timedelta) -> int:
    """Return how long a kind of span is, as it is stored."""
    return kind // timedelta(minutes=1)


def begin_of_quarter(moment: datetime) -> datetime:
    """Return the beginning of the quarter of an hour in which a moment lies."""
    return moment - (moment - EPOCH) % QUARTER
