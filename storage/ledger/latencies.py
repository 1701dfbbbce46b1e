"""How long models take, as the latest delivered jobs tell."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from bot.core.model import Status
from bot.core.rules import moments
from storage.ledger.constants import fixed
from storage.ledger.tables import jobs

_MEASURED = 20
"""How many jobs the median is taken from."""
_LATELY = 1000
"""Delivered jobs of any model are looked for among so many of the latest jobs."""
_REMEMBERED = timedelta(seconds=5)


@cache
def _latest_of_model() -> Select[Any]:
    return fixed(
        select(jobs.c.started_at, jobs.c.ended_at)
        .where(jobs.c.status == Status.DELIVERED, jobs.c.model == bindparam("of"))
        .order_by(jobs.c.ended_at.desc())
        .limit(_MEASURED)
    )


@cache
def _latest() -> Select[Any]:
    lately = (
        select(jobs.c.status, jobs.c.started_at, jobs.c.ended_at)
        .where(jobs.c.created_at > moments.NEVER_PUT_OFF)  # as every job: with it SQLite searches the index by time
        .order_by(jobs.c.created_at.desc())
        .limit(_LATELY)
        .subquery()
    )
    of_any = select(lately.c.started_at, lately.c.ended_at).where(lately.c.status == Status.DELIVERED)
    return fixed(of_any.limit(_MEASURED))


class Latencies:
    """The median seconds that the latest delivered jobs of a model took, or else those among the latest of any model.

    Each is remembered for a few seconds: every accepted job comes with an estimate.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float | None, datetime]] = {}

    def of(self, connection: Connection, model: str, now: datetime) -> float | None:
        """Return the seconds; None if no job was delivered."""
        lasts, at = self._known.get(model, (None, now - _REMEMBERED))
        if not at <= now < at + _REMEMBERED:
            of_model = connection.execute(_latest_of_model(), {"of": model})
            lasts = _median(of_model) or _median(connection.execute(_latest()))
            self._known[model] = lasts, now
        return lasts


def durations(connection: Connection, models: Collection[str]) -> Mapping[str, float]:
    """Return the median seconds that the latest delivered jobs of each model took; without such jobs it is left out."""
    lasted = {model: _median(connection.execute(_latest_of_model(), {"of": model})) for model in models}
    return {model: seconds for model, seconds in lasted.items() if seconds is not None}


def _median(latest: Iterable[Row[Any]]) -> float | None:
    from statistics import median  # its import takes a while

    lasted = [
        (row.ended_at - row.started_at) / timedelta(seconds=1) for row in latest if row.started_at and row.ended_at
    ]
    return median(lasted) if lasted else None
