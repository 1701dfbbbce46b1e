"""When the machine's clock is set, jobs that were put off wait for as long as they would have."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Update, update

from bot.core.rules import moments
from storage.ledger.gate import take_turn
from storage.ledger.moments import NOW, holds, is_over, moved
from storage.ledger.tables import UNFINISHED, cooldowns, gate, jobs, refused_models

_WAITED_FOR: tuple[tuple[Column[Any], timedelta], ...] = (
    (jobs.c.not_before, moments.LONGEST_TO_SHOW),
    (gate.c.paused_until, moments.LONGEST_IN_QUEUE),
    (cooldowns.c.until, moments.LONGEST_IN_QUEUE),
    (refused_models.c.until, moments.LONGEST_REFUSAL),
)


def follow(connection: Connection, step: timedelta, now: datetime) -> None:
    """Move by `step` every stored moment that was waited for before the clock was set to `now`."""
    take_turn(connection)
    for until, longest in _WAITED_FOR:
        waiting = _rows_with(until).where(holds(until, longest))
        connection.execute(waiting.values({until: moved(until, step)}), {"now": now - step})


def forget(connection: Connection, now: datetime) -> None:
    """Forget every stored moment that lies too far ahead, before the clock comes to it once more."""
    take_turn(connection)
    for until, longest in _WAITED_FOR:
        ahead = _rows_with(until).where(until > NOW, is_over(until, longest))
        connection.execute(ahead.values({until: moments.NEVER_PUT_OFF}), {"now": now})


def _rows_with(until: Column[Any]) -> Update:
    return update(jobs).where(UNFINISHED) if until.table is jobs else update(until.table)
