"""The bot's waiting times."""

from typing import NamedTuple


class Timings(NamedTuple):
    """The bot's waiting times, in seconds. They suit every operator; tests of many failures use shorter ones."""

    database: float = 5.0
    """The longest time for one operation of the database."""
    accept: float = 2.0
    """The longest time in which a job is accepted: its command has to be acknowledged within 3 seconds."""
    lease: float = 15.0
    """How long a worker holds a job without renewing its lease."""
    renewal: float = 5.0
    """Between two renewals of the leases."""
    retry: float = 1.0
    """The first pause before a failed delivery, download or request is tried again; doubled each time."""
    cool_down: float = 60.0
    """How long a model isn't used after the gateway had no channel for it."""
    outage: float = 15.0
    """The first pause once the gateway fails again and again; later ones are longer."""
    given_up: float = 600.0
    """How long a job waits in an outage of the gateway before it is given up."""
    recovery: float = 30.0
    """Between two checks of a gateway that is out of order."""
    poll: float = 1.0
    """Between two looks for work that no notification announced."""
    progress: float = 3.0
    """Between two messages that say how many of a job's images are made."""
    notice: float = 60.0
    """How long a job has to take before its asker is mentioned in a further message."""
    probe: float = 30.0
    """Between two tests of a store. If images wait for their store for longer, new commands are refused."""
    figures: float = 5.0
    """How long `/readyz` and `/metrics` keep what the database said."""
    gives_way: float = 1.0
    """The longest time that a step of a job waits while commands are being answered."""
    queue_updates: float = 10.0
    """Between two checks of which jobs have moved up in the queue."""
