"""Jobs that waited for too long while the gateway was away."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.model import Status
from bot.core.rules import lifecycle, outage
from storage.ledger.ends import FOUND, end
from storage.ledger.gate import look, take_turn
from storage.ledger.places import WAITING
from storage.ledger.tables import jobs


def give_up(connection: Connection, after: timedelta, now: datetime) -> int:
    """End the jobs that have waited for `after` since the outage began, to be told. Return how many these are."""
    failing = take_turn(connection).outage
    if not outage.is_on(failing) or failing.since > now - after:
        return 0
    left = connection.execute(FOUND.where(WAITING, jobs.c.created_at <= now - after).with_for_update()).all()
    for row in left:
        ended = lifecycle.after_outage(failing.fault, asked=row.n, made=row.images_made)
        end(connection, row.id, Status.QUEUED, *ended, now=now)
    return len(left)


def is_due(connection: Connection, after: timedelta, now: datetime) -> bool:
    """Return whether there may be any; no lock on the gate row."""
    failing = look(connection).outage
    return outage.is_on(failing) and failing.since <= now - after
