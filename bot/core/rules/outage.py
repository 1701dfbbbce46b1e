"""Outages of the gateway: when the queue waits for it, how often it is tried, and when what waits is given up."""

from datetime import datetime, timedelta
from typing import TypeGuard

from bot.core.model import Fault
from bot.core.queue import Outage

FAULTS = frozenset({Fault.BUSY, Fault.GATEWAY, Fault.NOT_CONNECTED, Fault.TIMEOUT, Fault.CUT, Fault.UNCLEAR})
"""What a gateway that is away or broken makes of any request. Any other answer shows that it works."""
IN_A_ROW = 3
"""Failures in a row, of any models, that are an outage."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""A job that wasn't sent in this time, since the outage began, is given up: its asker can't be kept waiting without
end."""
_DOUBLINGS = 2


def is_on(outage: Outage | None) -> TypeGuard[Outage]:
    """Return whether the queue waits for the gateway, which only one job at a time tries."""
    return outage is not None and are_outage(outage.failures)


def are_outage(failures: int | None) -> bool:
    """Return whether so many failures in a row are one."""
    return (failures or 0) >= IN_A_ROW


def after_failure(before: Outage | None, fault: Fault, *, sent: datetime | None, now: datetime) -> Outage:
    """Return what is known of the gateway after a failure of a request that was `sent` then.

    A request that was sent before an outage was noticed says nothing new. Failures of long ago aren't of the same row.
    """
    if before is None or now - (before.until or before.since) >= GIVEN_UP_AFTER:
        return Outage(failures=1, since=now, fault=_certain(fault))
    if is_on(before) and sent and before.until and sent < before.until:
        return before
    return Outage(failures=before.failures + 1, since=min(before.since, now), fault=_certain(fault))


def pause(outage: Outage, first: timedelta) -> timedelta:
    """Return how long nothing is sent after the latest failure: `first`, then twice and four times as long."""
    return first * 2.0 ** min(outage.failures - IN_A_ROW, _DOUBLINGS)


def room(outage: Outage | None, *, taken: int, tries: int, max_running: int) -> bool:
    """Return whether another job may begin: `taken` are all places, `tries` those taken since the latest pause."""
    return taken < max_running and not (is_on(outage) and tries > 0)


def _certain(fault: Fault) -> Fault:
    """Return the fault for jobs that wait: they were never sent, so nothing is uncertain."""
    return Fault.GATEWAY if fault.uncertain else fault
