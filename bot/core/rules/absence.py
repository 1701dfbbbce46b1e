"""Absence: whether what waited was left alone for so long that it is told rather than drawn."""

from datetime import datetime, timedelta

LONG = timedelta(hours=1, seconds=30)
"""A bit over an hour: by an hour clocks are set, to summer time and by mistake, which is no absence."""


def was_long(last_sign: datetime, now: datetime) -> bool:
    """Return whether no process lived for long, if the ledger's last sign of one is from then.

    Who asked before has looked elsewhere by now. Or it is an old copy of the ledger, and they have their picture.
    """
    return now - last_sign > LONG
