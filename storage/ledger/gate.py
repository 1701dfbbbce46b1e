"""The gate: one row that a transaction locks before it counts, and state that all processes share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from bot.core.model import Fault
from bot.core.rules import moments
from storage.ledger.moments import holds
from storage.ledger.tables import cooldowns, gate, metadata
from storage.ledger.tables import refused_models as refused_models_


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate's values. `paused_until` may be in the past, or from before the clock was set back."""

    paused_until: datetime | None
    gateway_down: Fault | None

    def is_paused(self, now: datetime) -> bool:
        """Return whether no queued job may be claimed now."""
        return moments.holds(self.paused_until, now, moments.LONGEST_IN_QUEUE)


PAUSED_UNTIL = select(gate.c.paused_until).scalar_subquery()
"""Until when no queued job is claimed, for use in another query."""
_LOOK = select(gate)
_ONE_OF_EACH = [select(table).limit(1) for table in metadata.sorted_tables]
_TAKE_TURN = update(gate).values(id=gate.c.id).returning(gate)


def take_turn(connection: Connection) -> Gate:
    """Lock the gate row until the transaction ends, once earlier holders have released it. Return its values.

    On SQLite `BEGIN IMMEDIATE` has done that already; on PostgreSQL updating the row does.
    """
    if connection.dialect.name == "sqlite":
        return look(connection)
    row = connection.execute(_TAKE_TURN).one()
    return _gate_of(row.paused_until, row.out_of_order)


def look(connection: Connection) -> Gate:
    """Read the gate row without locking it."""
    row = connection.execute(_LOOK).one()
    return _gate_of(row.paused_until, row.out_of_order)


def check(connection: Connection) -> None:
    """Write to this row, and read from every table."""
    connection.execute(update(gate).values(id=gate.c.id))
    for one in _ONE_OF_EACH:
        connection.execute(one)


def pause(connection: Connection, until: datetime, now: datetime) -> None:
    """Keep queued jobs from being claimed before `until`. A longer pause that was set earlier stays."""
    until = moments.later(take_turn(connection).paused_until, until, now, moments.LONGEST_IN_QUEUE)
    connection.execute(update(gate).values(paused_until=until))


def set_gateway_down(connection: Connection, fault: Fault | None) -> None:
    """Store why the gateway can't be used, or None if it can."""
    connection.execute(update(gate).values(out_of_order=fault))


def cool_down(connection: Connection, model: str, until: datetime, now: datetime) -> None:
    """Keep the model's jobs from being claimed before `until`. A longer time that was set earlier stays."""
    take_turn(connection)
    before = connection.scalar(select(cooldowns.c.until).where(cooldowns.c.model == model))
    until = moments.later(before, until, now, moments.LONGEST_IN_QUEUE)
    connection.execute(delete(cooldowns).where(cooldowns.c.model == model))
    connection.execute(insert(cooldowns).values(model=model, until=until))


def refuse_model(connection: Connection, model: str, until: datetime, fault: Fault) -> None:
    """Remember that the gateway refused a model as a whole."""
    take_turn(connection)
    connection.execute(delete(refused_models_).where(refused_models_.c.model == model))
    connection.execute(insert(refused_models_).values(model=model, until=until, fault=fault.value))


def refused_models(connection: Connection) -> Mapping[str, datetime]:
    """Return the models that were refused, and until when that is remembered."""
    return {row.model: row.until for row in connection.execute(select(refused_models_))}


def is_cooling(model: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that the model cools down, for use in another query."""
    return exists().where(cooldowns.c.model == model, holds(cooldowns.c.until, moments.LONGEST_IN_QUEUE))


def _gate_of(paused_until: datetime | None, out_of_order: str | None) -> Gate:
    fault = Fault(out_of_order) if out_of_order else None
    # A newer release's reason isn't known here, but it is certain that no request may be sent.
    return Gate(paused_until=paused_until, gateway_down=Fault.GATEWAY if fault is Fault.UNCLEAR else fault)
