"""How long the connections of Socket Mode wait."""

from typing import NamedTuple


class Timings(NamedTuple):
    """In seconds."""

    greeting: float = 10.0
    """For the handshake and Slack's `hello`."""
    ping: float = 5.0
    silence: float = 15.0
    """After so long without a sign of life a connection is dead. Pongs may be late by ten seconds."""
    succession: float = 15.0
    """How long Slack has to close a connection that was replaced: it does so 10 s after its warning."""
    stagger: float = 1.0
    """Between the first openings, so that Slack doesn't refresh both connections at the same moment."""
    first_pause: float = 1.0
    longest_pause: float = 30.0
    refused_pause: float = 5.0
    longest_refused_pause: float = 120.0
    settled: float = 30.0
    """A connection that lasts so long was a good one: the next one is opened without a pause."""
    another_look: float = 60.0
    """Between two looks whether Slack takes a refused token again."""
