"""The queue as the core knows it: places, what was accepted and claimed, and whether the gateway takes anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.core.model import Fault, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Failures of the gateway, one after the other. `rules.outage` says from how many on it is an outage."""

    failures: int
    since: datetime
    fault: Fault
    """The fault of the latest failure, for jobs that were not sent."""
    until: datetime | None = None
    """Once it is an outage: when the gateway is tried next. In the past while it is being tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """A job's place in the queue; 1 is next. `seconds` until it is done, estimated from measured latencies, if any."""

    number: int
    seconds: float | None = None
    next_try: datetime | None = None
    """In an outage of the gateway: when it is tried next; in the past while it is being tried.

    Nobody knows how long an outage lasts, so `seconds` is None.
    """


class Accepted(NamedTuple):
    """A job that was just accepted, and its position in the queue."""

    job: Job
    position: QueuePosition
    has_to_wait: bool
    """Whether it probably won't be sent at once: see `rules.places`."""


class Claimed(NamedTuple):
    """A job that was just claimed. `gateway_down` is why the gateway can't be used at this moment, if it can't."""

    job: Job
    gateway_down: Fault | None
    outage: Outage | None = None
    """The gateway's latest failures, if its latest answer was one."""
