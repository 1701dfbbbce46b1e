"""Absence: whether jobs waited unattended for so long that their askers are told, and nothing is drawn."""

from datetime import datetime, timedelta

LONG = timedelta(hours=1, seconds=30)
"""A bit over an hour: a clock that is set by an hour, to summer time or by mistake, is not an absence."""


def was_long(last_sign: datetime, now: datetime) -> bool:
    """Return whether no process lived for a long time, given the last sign of one in the ledger.

    Users who asked before have looked elsewhere by now; or the ledger is an old copy, and they have their pictures.
    """
    return now - last_sign > LONG
