"""The bot's waiting times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The bot's waiting times, in seconds. Operators need not change them; tests of many failures use shorter ones."""

    database: float = 5.0
    """The longest time for one operation."""
    lease: float = 15.0
    renewal: float = 5.0
    retry: float = 1.0
    """Before a delivery, a download or a request that was not processed is tried again; doubled each time."""
    cool_down: float = 60.0
    """For a model that the gateway has no channel for."""
    outage: float = 15.0
    """The first pause once the gateway fails again and again; later ones are longer."""
    given_up: float = 600.0
    """After which what waits in an outage of the gateway is given up."""
    recovery: float = 30.0
    """Between two checks of a gateway that is out of order."""
    poll: float = 1.0
    """Between two looks for work that no notification announced."""
    progress: float = 3.0
    """Between two messages that say how many of a job's images are made."""
    notice: float = 60.0
    """After which an outcome is told by a message of its own, which mentions the asker."""
    probe: float = 30.0
    """Between two tests of a store, and how long images may wait for theirs before new commands are refused."""
    figures: float = 5.0
    """For which `/readyz` and `/metrics` keep what the database said."""
    gives_way: float = 1.0
    """The longest time for which a step of a job waits while commands are being answered."""
    queue_updates: float = 10.0
    """Between two checks of which jobs have moved up in the queue."""
